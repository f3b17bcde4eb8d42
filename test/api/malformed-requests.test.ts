/** Malformed forms and requests (R12, R20), and secrets that were never issued. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileOf, openTestApp, rawRequest, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ MAX_FILE_SIZE: '100KiB', IDLE_TIMEOUT: '1s' });
});
afterAll(() => app.close());

const post = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(app.url + path, { method: 'POST', body, headers });

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
const part = (headers: string, body = 'x', boundary = 'b') => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
const filePart = (name = 'a.txt', body = 'x') =>
  part(`Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain`, body);
const multipart = { 'content-type': 'multipart/form-data; boundary=b' };
const field = (name: string, value = 'x') => part(`Content-Disposition: form-data; name="${name}"`, value);

describe('invalid forms', () => {
  it.each([
    ['no boundary', form(filePart()), { 'content-type': 'multipart/form-data' }, 400, 'form-broken'],
    ['an empty boundary', form(filePart()), { 'content-type': 'multipart/form-data; boundary=' }, 400, 'form-broken'],
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
    ['a file in another field', form(filePart().replace('"file"', '"upload"')), multipart, 400, 'field-missing'],
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
    ['a program', form(filePart('a.txt', 'MZ\x90\x00\x03\x00\x00\x00')), multipart, 415, 'executable-refused'],
    ['a program by name', form(filePart('a.exe')), multipart, 415, 'executable-refused'],
    ['a program by its first extension', form(filePart('a.exe.pdf')), multipart, 415, 'executable-refused'],
  ])('%s', async (_what, body, headers, status, code) => {
    expect(await problem(await post('/api/upload', Buffer.from(body, 'latin1'), headers))).toEqual([status, code]);
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

describe('malformed requests (R12, R20)', () => {
  it.each([
    [
      'both lengths',
      'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a length that is no number', 'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: five\r\n\r\n'],
    ['two lengths', 'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a header with a line break in it', 'GET /api/pool/stats HTTP/1.1\r\nhost: x\r\nx: a\nb\r\n\r\n'],
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
    ['PUT', '/api/tickets/t_x', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['PATCH', '/api/deliveries/d_x', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ])('answers 405 with the allowed methods to %s %s', async (method, path, allow) => {
    const answer = await fetch(app.url + path, { method });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(await problem(answer)).toEqual([405, 'method-not-allowed']);
  });

  it('answers 404 to an unknown address, even a malformed one', async () => {
    expect(await problem(await fetch(`${app.url}/nothing/here`))).toEqual([404, 'not-found']);
    const hostless = await rawRequest(app.port, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n');
    expect(hostless).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json/s);
    for (const target of ['/%zz', 'http:///', 'https://x:y/', 'x', '*']) {
      const answer = await rawRequest(app.port, `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
      expect(answer).toContain('application/problem+json');
    }
    for (const target of ['http://x/health/live', 'http://x/health/live?a?b#c']) {
      const absolute = `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
      expect(await rawRequest(app.port, absolute)).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(await problem(await fetch(`${app.url}/assets/..%2f..%2fpackage.json`))).toEqual([404, 'not-found']);
  });

  it('does not reveal the server software', async () => {
    const answer = await fetch(`${app.url}/api/pool/stats`);
    for (const header of ['server', 'x-powered-by']) expect(answer.headers.has(header)).toBe(false);
  });
});

describe('secrets', () => {
  it('answers 404 to tickets and deliveries that were never issued, whatever they look like', async () => {
    for (const ticket of ['t_x', `t_${'a'.repeat(32)}`, '%00', "t_'or 1=1--"]) {
      expect(await problem(await fetch(`${app.url}/api/tickets/${ticket}`))).toEqual([404, 'ticket-unknown']);
      expect(await problem(await fetch(`${app.url}/api/deliveries/${ticket}`))).toEqual([404, 'delivery-unknown']);
    }
    const long = await fetch(`${app.url}/api/tickets/${'t_x'.repeat(500)}`);
    expect(await problem(long)).toEqual([404, 'ticket-unknown']);
    expect(await problem(await fetch(`${app.url}/api/draws`, { method: 'POST' }))).toEqual([401, 'ticket-missing']);
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
