/**
 * Hostile requests as raw bytes over sockets (R8, R12, R16). Each gets an answer, leaves nothing behind, and does not
 * affect the next client.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, rawRequest, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
const logged: string[] = [];
beforeAll(async () => {
  const log = { write: (line: string) => void logged.push(line) };
  app = await openTestApp({ MAX_FILE_SIZE: '64KiB', IDLE_TIMEOUT: '1s', LOG_LEVEL: 'error' }, { log });
});
afterAll(() => app.close());

const post = (...lines: readonly string[]) =>
  ['POST /api/exchange?name=a.txt HTTP/1.1', 'host: x', ...lines, '', ''].join('\r\n');
const get = (...lines: readonly string[]) =>
  ['GET /api/pool/stats HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''].join('\r\n');
const form = (boundary = 'b', ...lines: readonly string[]) =>
  post(`content-type: multipart/form-data; boundary=${boundary}`, ...lines);
const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello there';
/** A request that would draw or give if it were smuggled in. */
const smuggled = 'POST /api/exchange?name=s.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\ns';

/** The statuses of all responses; empty if the connection was just closed. */
async function statusesOf(bytes: string): Promise<number[]> {
  const answer = await rawRequest(app.port, Buffer.from(bytes, 'latin1'));
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Expects no bytes, no row, no transfer and no logged error. */
async function expectUnharmed(): Promise<void> {
  const { ledger, activeTransfers } = app.running.context;
  await waitUntil(async () => (await app.blobs()).length === 0 && activeTransfers.size === 0);
  expect(await ledger.audit()).toMatchObject({
    gifts: {},
    tickets: {},
    deliveries: {},
    faults: [],
  });
  expect(logged).toEqual([]);
  expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
}

const refused: readonly (readonly [what: string, bytes: string, statuses: readonly number[]])[] = [
  [
    'a length and chunks (CL.TE)',
    `${post('content-length: 6', 'transfer-encoding: chunked')}0\r\n\r\n${smuggled}`,
    [400],
  ],
  [
    'chunks and a length (TE.CL)',
    `${post('transfer-encoding: chunked', 'content-length: 4')}5c\r\n${smuggled}\r\n0\r\n\r\n`,
    [400],
  ],
  [
    'chunks that are hidden (TE.TE)',
    `${post('transfer-encoding: chunked', 'transfer-encoding: cow')}0\r\n\r\n${smuggled}`,
    [400],
  ],
  ['chunks in an unknown coding', `${post('transfer-encoding: xchunked')}0\r\n\r\n${smuggled}`, [400]],
  [
    'a header with a space before its colon',
    `${post('transfer-encoding : chunked', 'content-length: 3')}0\r\n\r\n${smuggled}`,
    [400],
  ],
  ['two lengths', `${post('content-length: 1', 'content-length: 5')}a${smuggled}`, [400]],
  ['a list of lengths', `${post('content-length: 1, 5')}a${smuggled}`, [400]],
  ['a negative length', `${post('content-length: -1')}a`, [400]],
  ['a length with a sign', `${post('content-length: +1')}a`, [400]],
  ['a length beyond 64 bits', `${post(`content-length: ${'9'.repeat(30)}`)}a`, [400]],
  ['a folded header', get('x-folded: a\r\n b'), [400]],
  ['line feeds alone', get().replaceAll('\r\n', '\n'), [400]],
  ['carriage returns alone', get().replaceAll('\r\n', '\r'), [400]],
  ['a NUL in a header', get('x-nul: a\0b'), [400]],
  ['a NUL in the address', get().replace('stats', 'sta\0ts'), [400]],
  ['a header without a name', get(': x'), [400]],
  ['two hosts', get('host: y'), [400]],
  ['a chunk size that overflows', `${post('transfer-encoding: chunked')}${'f'.repeat(17)}\r\na\r\n0\r\n\r\n`, [400]],
  ['a negative chunk size', `${post('transfer-encoding: chunked')}-1\r\na\r\n0\r\n\r\n`, [400]],
  ['a chunk longer than it says', `${post('transfer-encoding: chunked')}1\r\nabc\r\n0\r\n\r\n`, [400]],
  [
    'a chunk whose line feed hides what follows',
    `${post('transfer-encoding: chunked')}2;\nxx\r\na\r\n0\r\n\r\n`,
    [400],
  ],
  [
    'a chunk extension of 100 KB',
    `${post('transfer-encoding: chunked')}1;${'x'.repeat(100_000)}\r\na\r\n0\r\n\r\n`,
    [400],
  ],
  ['a header of 100 KB', get(`x-long: ${'y'.repeat(100_000)}`), [400]],
  ['10,000 headers', get(...Array.from({ length: 10_000 }, (_, i) => `x-${i}: y`)), [400]],
  ['an address of 100 KB', get().replace('stats', 's'.repeat(100_000)), [400]],
  ['HTTP/0.9', 'GET /api/download\r\n\r\n', [400]],
  ['HTTP/9.9', get().replace('1.1', '9.9'), [400]],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', [400]],
  [
    'the hello of TLS',
    `\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03${'\xa5'.repeat(32)}\x20${'\x5a'.repeat(160)}`,
    [400],
  ],
  ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n', [400]],
  ['TRACE', get('x-secret: 1').replace('GET', 'TRACE'), [404]],
  ['an address of somebody else', get().replace('/api', 'http://example.org/api/x'), [404]],
  ['a form without a boundary', `${form('', 'content-length: 5', 'connection: close')}hello`, [400]],
  ['a boundary of 1 MB', form('b'.repeat(1_000_000), 'content-length: 5'), [400]],
  [
    'a boundary that is never used',
    `${form('c', `content-length: ${part.length}`, 'connection: close')}${part}`,
    [400],
  ],
  [
    'a form whose file never ends',
    `${form('b', `content-length: ${part.length + 100_000}`, 'connection: close')}${part}${'x'.repeat(100_000)}`,
    [413],
  ],
  [
    'a form whose headers never end',
    `${form('b', 'content-length: 60005', 'connection: close')}--b\r\n${'x'.repeat(60_000)}`,
    [400],
  ],
  ['a form that says no more', form('b', 'content-length: 500') + part, [408]],
  ['a body that never comes', post('content-length: 500'), [408]],
  ['chunks that never end', `${post('transfer-encoding: chunked')}5\r\nhello\r\n`, [408]],
  ['a "100-continue" that is not followed', post('content-length: 9', 'expect: 100-continue'), [100, 408]],
  ['an expectation that nobody knows', `${post('content-length: 1', 'expect: tea')}a`, [417]],
];

describe('refuses hostile requests and keeps nothing of them', () => {
  it.each(refused)('%s', async (_what, bytes, statuses) => {
    expect(await statusesOf(bytes)).toEqual(statuses);
    await expectUnharmed();
  });

  it('accepts heads and bodies byte by byte, and survives when they stop', async () => {
    const sockets = Array.from({ length: 30 }, (_, i) => {
      const socket = connect(app.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(i % 2 === 0 ? 'POST /api/exch' : post('content-length: 9'));
      return socket;
    });
    for (const letter of 'slowly') {
      for (const socket of sockets) socket.write(letter);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expectUnharmed();
    for (const [i, socket] of sockets.entries()) {
      if (i % 3 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    await expectUnharmed();
  });

  it('refuses a form whose sender closes its half in the middle', async () => {
    const socket = connect({ port: app.port, host: '127.0.0.1', allowHalfOpen: true });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.resume().end(form('b', 'content-length: 500') + part);
    await closed;
    await expectUnharmed();
  });
});

it('refuses a form without its last boundary, however its bytes arrive', async () => {
  const bytes = form('b', `content-length: ${part.length}`, 'connection: close') + part;
  for (let at = bytes.length - part.length; at < bytes.length; at += 7) {
    const socket = connect({ port: app.port, host: '127.0.0.1', noDelay: true });
    let answer = '';
    socket.on('data', (came) => {
      answer += came.toString('latin1');
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(bytes.slice(0, at));
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.write(bytes.slice(at));
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*problems#form-broken/);
  }
  await expectUnharmed();
});

it('refuses a prefetch without logging an error', async () => {
  const answer = await fetch(`${app.url}/api/download`, { headers: { purpose: 'prefetch' } });
  expect(answer.status).toBe(503);
  await expectUnharmed();
});

it('answers OPTIONS without a preflight with the allowed methods', async () => {
  const answer = await fetch(`${app.url}/api/download`, { method: 'OPTIONS' });
  const allowed = answer.headers.get('access-control-allow-methods');
  expect([answer.status, allowed]).toEqual([204, 'GET, HEAD, POST, PATCH, DELETE']);
});
