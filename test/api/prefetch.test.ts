/** GET requests that draw (R21–R24): which do, and which do not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileOf, openTestApp, rawRequest, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  await app.upload('a.txt', 'still here');
});
afterAll(() => app.close());

/** Raw, because fetch sets some of these headers itself. */
const ask = (method: string, headers: string) =>
  rawRequest(app.port, `${method} /api/download HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`);

const stillThere = async () => expect((await app.client.poolStats()).file_count).toBe(1);

describe('an unintended draw takes nothing', () => {
  it.each([
    ['HEAD', 'HEAD', '', 200],
    ['OPTIONS', 'OPTIONS', 'origin: https://x.example\r\naccess-control-request-method: GET\r\n', 204],
    ['prefetch (Chromium)', 'GET', 'sec-purpose: prefetch\r\n', 503],
    ['prerender', 'GET', 'sec-purpose: prefetch;prerender\r\n', 503],
    ['prefetch (Safari)', 'GET', 'purpose: prefetch\r\n', 503],
    ['prefetch (Firefox)', 'GET', 'x-moz: prefetch\r\n', 503],
    ['an image', 'GET', 'sec-fetch-dest: image\r\n', 403],
    ['a script', 'GET', 'sec-fetch-dest: script\r\n', 403],
    ['a style', 'GET', 'sec-fetch-dest: style\r\n', 403],
    ['a frame', 'GET', 'sec-fetch-dest: iframe\r\n', 403],
    ['a video', 'GET', 'sec-fetch-dest: video\r\n', 403],
    [
      'a cross-site no-cors fetch',
      'GET',
      'sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\nsec-fetch-dest: empty\r\n',
      403,
    ],
    [
      'a link of another site',
      'GET',
      'sec-fetch-dest: document\r\nsec-fetch-mode: navigate\r\nsec-fetch-site: cross-site\r\n',
      403,
    ],
    ['a range', 'GET', 'range: bytes=0-0\r\n', 416],
    ['an open range', 'GET', 'range: bytes=0-\r\n', 416],
  ])('%s', async (_what, method, headers, status) => {
    const answer = await ask(method, headers);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toContain('still here');
    await stillThere();
  });

  it('has rules for crawlers', async () => {
    expect(await (await fetch(`${app.url}/robots.txt`)).text()).toContain('Disallow: /api/');
    const answer = await fetch(`${app.url}/api/pool/stats`);
    expect(answer.headers.get('x-robots-tag')).toContain('noindex');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('an intended draw', () => {
  it.each([
    ['curl', ''],
    ['a click', 'sec-fetch-dest: document\r\nsec-fetch-mode: navigate\r\nsec-fetch-site: none\r\n'],
    ['a fetch of our page', 'sec-fetch-dest: empty\r\nsec-fetch-mode: cors\r\nsec-fetch-site: same-origin\r\n'],
  ])('gets a gift for %s', async (_what, headers) => {
    if ((await app.client.poolStats()).file_count === 0) await app.upload('a.txt', 'still here');
    expect(await ask('GET', headers)).toContain('still here');
  });

  it('gets the same gift for one click of a browser that asks twice, and another receiver gets another', async () => {
    const navigation = 'sec-fetch-dest: document\r\nsec-fetch-mode: navigate\r\n';
    for (const text of ['first gift', 'second gift', 'third gift']) await app.upload(`${text}.txt`, text);
    const first = await ask('GET', navigation);
    const cookie = /set-cookie: (exchange-delivery=d_[\w-]+); Max-Age=5; Path=\/api\/download; HttpOnly/i.exec(
      first,
    )?.[1];
    const textOf = (answer: string) => /\w+ gift$/.exec(answer)?.[0];
    expect(textOf(await ask('GET', `cookie: a=b; ${cookie}\r\n`))).toBe(textOf(first));
    const other = await ask('GET', navigation);
    expect(textOf(other)).not.toBe(textOf(first));
    const script = await ask('GET', '');
    expect(script).not.toContain('set-cookie');
    expect(new Set([first, other, script].map(textOf)).size).toBe(3);
  });

  it('answers HEAD without a gift', async () => {
    expect(await ask('HEAD', '')).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('a delivery', () => {
  it('answers HEAD, ranges and repetitions without ending', async () => {
    await app.upload('letters.txt', 'abcdefghij');
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    const part = async (headers: Record<string, string>) => {
      const answer = await fetch(app.url + delivery?.url, { headers });
      return [answer.status, await answer.text(), answer.headers.get('content-range')];
    };
    const head = await fetch(app.url + delivery?.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect(await part({ range: 'bytes=2-4' })).toEqual([206, 'cde', 'bytes 2-4/10']);
    expect(await part({ range: 'bytes=-3' })).toEqual([206, 'hij', 'bytes 7-9/10']);
    expect((await app.client.ticket(ticket)).state).toBe('drawn');
    expect(await part({ range: 'bytes=2-4', 'if-range': '"another file"' })).toEqual([200, 'abcdefghij', null]);
    expect(await part({ range: 'bytes=2-4', 'if-range': head.headers.get('etag') ?? '' })).toEqual([
      206,
      'cde',
      'bytes 2-4/10',
    ]);
    expect(await part({ range: 'lines=1-2' })).toEqual([200, 'abcdefghij', null]);
    expect(await part({ range: 'bytes=10-' })).toEqual([416, expect.stringContaining('range'), 'bytes */10']);
    expect(await part({})).toEqual([200, 'abcdefghij', null]);
  });
});
