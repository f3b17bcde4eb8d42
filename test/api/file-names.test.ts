/** File names are data (R27): the receiver gets any file, under a harmless name. */
import { parse } from 'content-disposition';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../src/contract/api/schemas.ts';
import { openRawConnection } from '../clients/raw-connection.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

interface PassedOn {
  readonly given: string;
  readonly arrived: string;
  readonly header: string;
}

/** Gives under a name, draws with another ticket and returns the name that arrives. */
const passOn = (name: string): Promise<PassedOn> =>
  pass(name, `text of ${encodeURIComponent(name)}`, (body) =>
    fetch(`${app.url}/api/exchange?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      body,
      headers: { accept: 'application/json', 'content-type': 'text/plain' },
    }),
  );

async function pass(
  what: string,
  body: string | Buffer<ArrayBuffer>,
  give: (body: string | Buffer<ArrayBuffer>) => Promise<Response>,
): Promise<PassedOn> {
  const answer = await give(body);
  expect([what, answer.status]).toEqual([what, 201]);
  const { gift, ticket } = (await answer.json()) as ExchangeAnswer;
  const drawn = await fetch(`${app.url}/api/exchange?name=other.txt`, {
    method: 'POST',
    body: `other ${Math.random()}`,
  });
  expect(drawn.status).toBe(200);
  expect(Buffer.from(await drawn.arrayBuffer())).toEqual(Buffer.from(body));
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

describe('a name in Content-Disposition', () => {
  /** Sends the bytes of the header as they are, which no HTTP client does. */
  const passRaw = (disposition: string) =>
    pass(disposition, `text of ${Math.random()}`, async (body) => {
      const lines = ['POST /api/exchange HTTP/1.1', 'Host: x', 'Accept: application/json', 'Connection: close'];
      const headers = [`Content-Disposition: ${disposition}`, `Content-Length: ${body.length}`];
      const socket = await openRawConnection(app.port);
      socket.write(`${[...lines, ...headers].join('\r\n')}\r\n\r\n${body}`, 'latin1');
      const [head = '', json = ''] = Buffer.concat(await socket.toArray())
        .toString('utf8')
        .split('\r\n\r\n');
      return new Response(json, { status: Number(head.split(' ')[1]) });
    });
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');

  it.each([
    [utf8('attachment; filename="für.txt"'), 'für.txt'],
    [utf8('attachment; filename="猫.txt"'), '猫.txt'],
    ["attachment; filename=cat.txt; filename*=UTF-8''%E7%8C%AB.txt", '猫.txt'],
    ["attachment; filename*=UTF-8''%E7%8C%AB.txt; filename=cat.txt", '猫.txt'],
    ['attachment; filename="two  blanks.txt"', 'two  blanks.txt'],
    ['attachment; filename=two words.txt', 'two words.txt'],
    ['attachment; filename="=?UTF-8?Q?f=C3=BCr.txt?="', 'für.txt'],
    ['attachment; filename="f\xfcr.txt"', 'für.txt'],
    ['attachment; filename="\x83\x5c\x83\x5c.txt"', 'ƒ_ƒ_.txt'],
  ])('is read: %j', async (disposition, expected) => {
    const { given, arrived } = await passRaw(disposition);
    expect([given, arrived]).toEqual([expected, expected]);
  });
});

describe('the name that arrives', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

  it('gets the extension that inspection found, if it has none', async () => {
    const give = (name: string) => (body: string | Buffer<ArrayBuffer>) =>
      fetch(`${app.url}/api/exchange?name=${name}`, { method: 'POST', body, headers: { accept: 'application/json' } });
    expect(await pass('a photo', png, give('1000012345'))).toMatchObject({
      given: '1000012345',
      arrived: '1000012345.png',
    });
    expect(await pass('noise', Buffer.from([1, 2, 3, 255]), give('noise'))).toMatchObject({ arrived: 'noise' });
    expect(await pass('a text', 'hello there', give('README'))).toMatchObject({ arrived: 'README' });
  });

  it('has an ASCII form that differs per gift and keeps the extension', async () => {
    for (const text of ['one', 'two']) await app.upload('日本語.tar.gz', `text ${text}`);
    const plain = async () => {
      const drawn = await fetch(`${app.url}/api/download`);
      await drawn.arrayBuffer();
      return /filename="?([^";]*)/.exec(drawn.headers.get('content-disposition') ?? '')?.[1];
    };
    const [first, second] = [await plain(), await plain()];
    expect(first).toMatch(/^file-[0-9a-f]{8}\.tar\.gz$/);
    expect(second).toMatch(/^file-[0-9a-f]{8}\.tar\.gz$/);
    expect(first).not.toBe(second);
    await app.upload('Grüße aus Köln.txt', 'hello again');
    expect(await plain()).toMatch(/^Grue aus Koln-[0-9a-f]{8}\.txt$/);
  });
});
