/** File names are data (R27): the receiver gets any file, under a harmless name. */
import { parse } from 'content-disposition';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../src/contract/api/schemas.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

/** Gives under a name, draws with another ticket and returns the name that arrives. */
async function passOn(name: string): Promise<{ given: string; arrived: string; header: string }> {
  const answer = await fetch(`${app.url}/api/exchange?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: `text of ${encodeURIComponent(name)}`,
    headers: { accept: 'application/json', 'content-type': 'text/plain' },
  });
  expect([name, answer.status]).toEqual([name, 201]);
  const { gift, ticket } = (await answer.json()) as ExchangeAnswer;
  const drawn = await fetch(`${app.url}/api/exchange?name=other.txt`, {
    method: 'POST',
    body: `other ${Math.random()}`,
  });
  expect(drawn.status).toBe(200);
  expect(await drawn.text()).toBe(`text of ${encodeURIComponent(name)}`);
  // The other gift returns to the giver, so that the pool is empty for the next one.
  await (await fetch(`${app.url}/api/download`, { headers: { authorization: `Bearer ${ticket}` } })).text();
  const header = drawn.headers.get('content-disposition') ?? '';
  return { given: gift.name, arrived: parse(header).parameters.filename ?? '', header };
}

describe('file names', () => {
  it.each([
    ['Grüße aus Köln.txt', 'Grüße aus Köln.txt'],
    ['日本語の文書.txt', '日本語の文書.txt'],
    ['نص عربي.txt', 'نص عربي.txt'],
    ['👩‍👩‍👧 party.txt', '👩‍👩‍👧 party.txt'],
    ['it\'s "quoted" & 100%.txt', "it's _quoted_ & 100%.txt"],
    ['../../etc/passwd.txt', 'passwd.txt'],
    ['C:\\Windows\\notes.txt', 'notes.txt'],
    ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie_ x=1.txt'],
    ['<img src=x onerror=alert(1)>.txt', '_img src=x onerror=alert(1)_.txt'],
    ['con.txt', '_con.txt'],
    ['dots.txt. . .', 'dots.txt'],
    ['annex\u202etxt.gpj', 'annextxt.gpj'],
  ])('turn %j into %j', async (name, expected) => {
    const { given, arrived } = await passOn(name);
    expect([given, arrived]).toEqual([expected, expected]);
  });

  it('never break a header or form a path', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), async (base) => {
        const { given, arrived, header } = await passOn(`${base.toWellFormed()}.txt`);
        expect(arrived).toBe(given);
        expect(arrived).not.toMatch(/[/\\\p{Cc}\p{Bidi_Control}\ufeff]|^\.|[. ]$/u);
        expect(header).toMatch(/^attachment; filename/);
      }),
      { numRuns: 60 },
    );
  });
});
