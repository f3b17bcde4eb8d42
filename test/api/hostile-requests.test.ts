/** Hostile, broken and interrupted requests (R12–R14, R16–R20), mostly as raw bytes. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fileOf,
  formOf,
  openTestApp,
  rawRequest,
  type TestApp,
  waitUntil,
} from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ MAX_FILE_SIZE: '100KiB', IDLE_TIMEOUT: '1s' });
});
afterAll(() => app.close());

const limit = 100 * 1024;
const post = (
  path: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
) => fetch(app.url + path, { method: 'POST', body, headers });

async function problem(answer: Response) {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await answer.json()) as { type: string; status: number; error: string };
  expect(body.status).toBe(answer.status);
  return [answer.status, body.type.split('#')[1]];
}

/** Expects no bytes and no row of a refused gift. */
async function expectNothingKept() {
  await waitUntil(async () => (await app.blobs()).length === 0);
  expect((await app.client.poolStats()).given_total).toBe(0);
}

const form = (parts: string, boundary = 'b') => `${parts}--${boundary}--\r\n`;
const part = (headers: string, body = 'x', boundary = 'b') =>
  `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
const filePart = (name = 'a.txt', body = 'x') =>
  part(
    `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain`,
    body,
  );
const multipart = { 'content-type': 'multipart/form-data; boundary=b' };
const field = (name: string, value = 'x') =>
  part(`Content-Disposition: form-data; name="${name}"`, value);

describe('invalid forms', () => {
  it.each([
    [
      'no boundary',
      form(filePart()),
      { 'content-type': 'multipart/form-data' },
      400,
      'form-broken',
    ],
    [
      'an empty boundary',
      form(filePart()),
      { 'content-type': 'multipart/form-data; boundary=' },
      400,
      'form-broken',
    ],
    [
      'a boundary of 71',
      form(filePart()),
      { 'content-type': `multipart/form-data; boundary=${'b'.repeat(71)}` },
      400,
      'form-broken',
    ],
    ['no end', filePart(), multipart, 400, 'form-broken'],
    ['a cut header', '--b\r\nContent-Disposition: form-data; na', multipart, 400, 'form-broken'],
    ['no form at all', 'hello', { 'content-type': 'text/plain' }, 400, 'form-expected'],
    ['no content type', 'hello', { 'content-type': '' }, 400, 'form-expected'],
    ['an empty form', form(''), multipart, 400, 'field-missing'],
    ['a text field only', form(field('file')), multipart, 400, 'field-missing'],
    [
      'a file in another field',
      form(filePart().replace('"file"', '"upload"')),
      multipart,
      400,
      'field-missing',
    ],
    ['an empty name', form(filePart('')), multipart, 400, 'no-file-chosen'],
    ['two files', form(filePart('a.txt') + filePart('b.txt')), multipart, 400, 'too-many-files'],
    [
      'six fields',
      form(
        filePart() +
          '123456'
            .split('')
            .map((n) => field(n))
            .join(''),
      ),
      multipart,
      400,
      'form-broken',
    ],
    [
      'nine parts',
      form(
        '12345678'
          .split('')
          .map((n) => field(n))
          .join('') + filePart(),
      ),
      multipart,
      400,
      'form-broken',
    ],
    ['an empty file', form(filePart('a.txt', '')), multipart, 400, 'file-empty'],
    [
      'a program',
      form(filePart('a.txt', 'MZ\x90\x00\x03\x00\x00\x00')),
      multipart,
      415,
      'executable-refused',
    ],
    ['a program by name', form(filePart('a.exe')), multipart, 415, 'executable-refused'],
    [
      'a program by its first extension',
      form(filePart('a.exe.pdf')),
      multipart,
      415,
      'executable-refused',
    ],
    [
      'unknown bytes',
      form(filePart('a.zzz', '\x00\x01\x02\xff\xfe\x80')),
      multipart,
      415,
      'type-unknown',
    ],
  ])('%s', async (_what, body, headers, status, code) => {
    expect(await problem(await post('/api/upload', Buffer.from(body, 'latin1'), headers))).toEqual([
      status,
      code,
    ]);
    await expectNothingKept();
  });

  it('accepts a part with very many headers', async () => {
    const headers = Array.from({ length: 5000 }, (_, i) => `X-${i}: y`).join('\r\n');
    const answer = await post(
      '/api/upload',
      form(part(headers) + part('Content-Disposition: form-data; name="z"')),
      multipart,
    );
    expect(answer.status).toBe(400);
    await expectNothingKept();
  });
});

describe('sizes (R13)', () => {
  const raw = { 'content-type': 'text/plain', accept: 'application/json' };

  it.each([
    ['a form', (bytes: string) => post('/api/upload', formOf('a.txt', bytes))],
    ['a raw body', (bytes: string) => post('/api/exchange?name=a.txt', bytes, raw)],
    ['a chunked body', (bytes: string) => chunked(bytes)],
  ])('accepts exactly the limit and refuses one byte more with 413: %s', async (_what, send) => {
    expect((await send('a'.repeat(limit))).ok).toBe(true);
    const before = (await app.client.poolStats()).given_total;
    expect(await problem(await send('a'.repeat(limit + 1)))).toEqual([413, 'too-large']);
    expect((await app.client.poolStats()).given_total).toBe(before);
  });

  const chunked = (bytes: string) =>
    fetch(`${app.url}/api/exchange?name=a.txt`, {
      method: 'POST',
      body: new Blob([bytes]).stream(),
      headers: raw,
      duplex: 'half',
    } as RequestInit);

  it('refuses before the body is read: the sender need not finish', async () => {
    const head =
      'POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunk = `${(limit + 1).toString(16)}\r\n${'a'.repeat(limit + 1)}\r\n`;
    expect(
      await rawRequest(app.port, head + chunk, (answer) => answer.includes('too-large')),
    ).toMatch(/^HTTP\/1.1 413 /);
  });

  it('refuses an announced size without reading and without "100 Continue"', async () => {
    const head = (expectation: string) =>
      `POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: ${limit + 100_000}\r\n${expectation}\r\n`;
    for (const expectation of ['', 'expect: 100-continue\r\n']) {
      const answer = await rawRequest(app.port, head(expectation), (text) =>
        text.includes('too-large'),
      );
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
    }
  });
});

describe('malformed requests (R12, R20)', () => {
  it.each([
    [
      'both lengths',
      'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a length that is no number',
      'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: five\r\n\r\n',
    ],
    [
      'two lengths',
      'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    ],
    [
      'a header with a line break in it',
      'GET /api/pool/stats HTTP/1.1\r\nhost: x\r\nx: a\nb\r\n\r\n',
    ],
    ['no host', 'GET /api/pool/stats HTTP/1.1\r\n\r\n'],
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello there\r\n\r\n'],
    ['a huge header', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`],
  ])('answers 400 to %s', async (_what, bytes) => {
    expect(await rawRequest(app.port, bytes)).toMatch(/^HTTP\/1.1 400 /);
    expect((await fetch(`${app.url}/health/live`)).ok).toBe(true);
  });

  it.each([
    ['PUT', '/api/upload', 'POST, OPTIONS'],
    ['DELETE', '/api/download', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/pool/stats', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/api/tickets/t_x', 'GET, HEAD, DELETE, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ])('answers 405 with the allowed methods to %s %s', async (method, path, allow) => {
    const answer = await fetch(app.url + path, { method });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(await problem(answer)).toEqual([405, 'method-not-allowed']);
  });

  it('answers 404 to an unknown address, even a malformed one', async () => {
    expect(await problem(await fetch(`${app.url}/nothing/here`))).toEqual([404, 'not-found']);
    expect(
      await rawRequest(app.port, 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 40[04] /);
    expect(await problem(await fetch(`${app.url}/assets/..%2f..%2fpackage.json`))).toEqual([
      404,
      'not-found',
    ]);
  });

  it('does not reveal the server software', async () => {
    const answer = await fetch(`${app.url}/api/pool/stats`);
    for (const header of ['server', 'x-powered-by']) expect(answer.headers.has(header)).toBe(false);
  });
});

describe('interrupted uploads (R8, R16)', () => {
  const start =
    'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 90000\r\n\r\n';

  it('keeps nothing of an upload that is cut', async () => {
    const before = (await app.blobs()).length;
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(start + filePart('cut.txt', 'y'.repeat(70_000)).slice(0, -2));
    await waitUntil(async () => (await app.blobs()).length > before);
    socket.resetAndDestroy();
    await waitUntil(async () => (await app.blobs()).length === before);
  });

  it('ends a silent upload with 408 and keeps nothing of it', async () => {
    const before = (await app.blobs()).length;
    const answer = await rawRequest(
      app.port,
      start + filePart('slow.txt', 'y'.repeat(70_000)).slice(0, -2),
    );
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    await waitUntil(async () => (await app.blobs()).length === before);
  });

  it('accepts a gift beside 200 clients that send headers slowly', async () => {
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(app.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST /api/upload HTTP/1.1\r\nhost');
      return socket;
    });
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    expect((await app.upload('quick.txt', 'quick')).ok).toBe(true);
    for (const socket of slow) socket.destroy();
  });
});

describe('limits (R17, R18)', () => {
  const limited = {
    RATE_LIMIT: 'on',
    GIFTS_PER_MINUTE: '3',
    DRAWS_PER_MINUTE: '2',
    BYTES_PER_MINUTE: '1KiB',
  };

  it('answers 429 with the wait after too many gifts, and recovers with time', async () => {
    const tight = await openTestApp(limited);
    for (let i = 0; i < 3; i++) expect((await tight.upload('a.txt', 'a')).status).toBe(200);
    const refused = await tight.upload('a.txt', 'a');
    expect(await problem(refused)).toEqual([429, 'too-many-requests']);
    expect(refused.headers.get('retry-after')).toBe('20');
    await tight.advanceTime(20_000);
    expect((await tight.upload('a.txt', 'a')).status).toBe(200);
    await tight.close();
  });

  it('limits draws and bytes separately', async () => {
    const tight = await openTestApp(limited);
    await tight.upload('a.txt', 'a'.repeat(1500));
    expect((await tight.upload('b.txt', 'b')).status).toBe(429);
    expect((await fetch(`${tight.url}/api/download`)).status).toBe(200);
    expect((await fetch(`${tight.url}/api/download`)).status).toBe(404);
    expect((await fetch(`${tight.url}/api/download`)).status).toBe(429);
    await tight.close();
  });

  it('believes X-Forwarded-For only from a trusted proxy', async () => {
    const from = (open: TestApp, address: string) =>
      open.upload('a.txt', 'a', { 'x-forwarded-for': address });
    const alone = await openTestApp({ ...limited, GIFTS_PER_MINUTE: '1' });
    expect((await from(alone, '192.0.2.1')).status).toBe(200);
    expect((await from(alone, '192.0.2.2')).status).toBe(429);
    await alone.close();
    const behind = await openTestApp({
      ...limited,
      GIFTS_PER_MINUTE: '1',
      TRUST_PROXY: '127.0.0.0/8',
    });
    expect((await from(behind, '192.0.2.1')).status).toBe(200);
    expect((await from(behind, '192.0.2.2')).status).toBe(200);
    expect((await from(behind, '2001:db8:1:1::1')).status).toBe(200);
    expect((await from(behind, '2001:db8:1:1:ffff::2')).status).toBe(429);
    await behind.close();
  });

  it('limits the connections of an address', async () => {
    const tight = await openTestApp({ MAX_CONNECTIONS_PER_ADDRESS: '2' });
    const sockets = [1, 2, 3].map(() => connect(tight.port, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => undefined);
    await once(sockets[2] as (typeof sockets)[0], 'close');
    expect(sockets.slice(0, 2).map((socket) => socket.destroyed)).toEqual([false, false]);
    for (const socket of sockets) socket.destroy();
    await tight.close();
  });
});

describe('storage limits (R7)', () => {
  it('answers 507 to a gift for a full pool, and still serves draws', async () => {
    const small = await openTestApp({ POOL_MAX_BYTES: '10B' });
    expect((await small.upload('a.txt', '12345678')).status).toBe(200);
    expect(await problem(await small.upload('b.txt', '12345678'))).toEqual([507, 'storage-full']);
    expect((await fetch(`${small.url}/api/download`)).status).toBe(200);
    await waitUntil(async () => (await small.blobs()).length === 1);
    expect((await small.upload('c.txt', '12345678')).status).toBe(200);
    await small.close();
  });

  it('answers 507 below the free space floor before a byte is stored', async () => {
    const full = await openTestApp({ FREE_SPACE_FLOOR: '900TiB' });
    expect(await problem(await full.upload('a.txt', 'a'))).toEqual([507, 'storage-full']);
    expect(await full.blobs()).toEqual([]);
    await full.close();
  });
});

describe('secrets', () => {
  it('answers 404 to tickets and deliveries that were never issued, whatever they look like', async () => {
    for (const ticket of ['t_x', `t_${'a'.repeat(32)}`, '%00', "t_'or 1=1--"]) {
      expect(await problem(await fetch(`${app.url}/api/tickets/${ticket}`))).toEqual([
        404,
        'ticket-unknown',
      ]);
      expect(await problem(await fetch(`${app.url}/api/deliveries/${ticket}`))).toEqual([
        404,
        'delivery-unknown',
      ]);
    }
    const long = await fetch(`${app.url}/api/tickets/${'t_x'.repeat(500)}`);
    expect(await problem(long)).toEqual([404, 'not-found']);
    expect(await problem(await fetch(`${app.url}/api/draws`, { method: 'POST' }))).toEqual([
      401,
      'ticket-missing',
    ]);
  });

  it('stores them only as hashes', async () => {
    const { ticket, giver } = await app.client.give(fileOf('secret.txt', 'secret'));
    const found = await app.client.draw(ticket);
    const everything = await import('node:fs/promises').then(async (fs) =>
      Buffer.concat([
        await fs.readFile(`${app.folder}/ledger.db`),
        await fs.readFile(`${app.folder}/ledger.db-wal`),
      ]).toString('latin1'),
    );
    for (const secret of [ticket, giver, found?.url.split('/').pop() ?? 'none']) {
      expect(everything.includes(secret)).toBe(false);
    }
  });
});
