/** Limits of sizes, connections, rates and storage, and interrupted uploads (R7, R8, R13, R16–R18). */
import { once } from 'node:events';
import { statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, openTestApp, rawRequest, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ MAX_FILE_SIZE: '100KiB', IDLE_TIMEOUT: '1s' });
});
afterAll(() => app.close());

const limit = 100 * 1024;
const post = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(app.url + path, { method: 'POST', body, headers });

async function problem(answer: Response) {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await answer.json()) as { type: string; status: number; error: string };
  expect(body.status).toBe(answer.status);
  return [answer.status, body.type.split('#')[1]];
}

const part = (headers: string, body = 'x', boundary = 'b') => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
const filePart = (name = 'a.txt', body = 'x') =>
  part(`Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain`, body);
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
    const head = 'POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunk = `${(limit + 1).toString(16)}\r\n${'a'.repeat(limit + 1)}\r\n`;
    expect(await rawRequest(app.port, head + chunk, (answer) => answer.includes('too-large'))).toMatch(
      /^HTTP\/1.1 413 /,
    );
  });

  it('refuses an announced size without reading and without "100 Continue"', async () => {
    const head = (expectation: string) =>
      `POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: ${limit + 100_000}\r\n${expectation}\r\n`;
    for (const expectation of ['', 'expect: 100-continue\r\n']) {
      const answer = await rawRequest(app.port, head(expectation), (text) => text.includes('too-large'));
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
    }
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
    const answer = await rawRequest(app.port, start + filePart('slow.txt', 'y'.repeat(70_000)).slice(0, -2));
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    await waitUntil(async () => (await app.blobs()).length === before);
  });

  it('accepts a gift beside 200 clients that send headers slowly', async () => {
    const slow = Array.from({ length: 200 }, (_, i) => {
      const socket = connect({ port: app.port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (i % 2)}` });
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

  it('lets an address draw without a ticket so often an hour, and once more for each gift without one', async () => {
    const tight = await openTestApp({ RATE_LIMIT: 'on', FREE_DRAWS_PER_HOUR: '3', TRUST_PROXY: '127.0.0.1' });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const drawnBy = async (address: string) => {
      const answer = await fetch(`${tight.url}/api/download`, { headers: from(address) });
      await answer.arrayBuffer();
      return answer;
    };
    const statuses = async (address: string, times: number) => {
      const all: number[] = [];
      for (let i = 0; i < times; i++) all.push((await drawnBy(address)).status);
      return all;
    };
    // An empty pool costs nothing.
    expect(await statuses('10.1.0.1', 4)).toEqual([404, 404, 404, 404]);
    for (let i = 0; i < 12; i++) await tight.upload(`${i}.txt`, `gift ${i}`, from('10.2.0.1'));
    expect(await statuses('10.1.0.1', 4)).toEqual([200, 200, 200, 429]);
    const refused = await drawnBy('10.1.0.1');
    expect(refused.headers.get('retry-after')).toBe('1200');
    await tight.upload('mine.txt', 'mine', from('10.1.0.1'));
    expect(await statuses('10.1.0.1', 2)).toEqual([200, 429]);
    await tight.advanceTime(20 * 60_000);
    expect(await statuses('10.1.0.1', 2)).toEqual([200, 429]);
    // Its own gifts pay for all of the rest.
    expect(await statuses('10.2.0.1', 9)).toEqual([...Array(8).fill(200), 404]);
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

  it('counts the bytes of uploads that break off', async () => {
    const tight = await openTestApp({ ...limited, IDLE_TIMEOUT: '10s' });
    const head = 'POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 3000\r\n\r\n';
    const socket = connect(tight.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head + 'a'.repeat(2000));
    await waitUntil(() => tight.running.context.reservations.total > 0);
    socket.end();
    await waitUntil(() => tight.running.context.reservations.total === 0);
    expect(await problem(await tight.upload('b.txt', 'b'))).toEqual([429, 'too-many-requests']);
    await tight.close();
  });

  it('believes X-Forwarded-For only from a trusted proxy', async () => {
    const from = (open: TestApp, address: string) => open.upload('a.txt', 'a', { 'x-forwarded-for': address });
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
    // Two are open and two wait.
    const sockets = [1, 2, 3, 4, 5].map(() => connect(tight.port, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => undefined);
    await once(sockets[4] as (typeof sockets)[0], 'close');
    expect(sockets.slice(0, 4).map((socket) => socket.destroyed)).toEqual([false, false, false, false]);
    for (const socket of sockets) socket.destroy();
    await tight.close();
  });
});

describe('storage limits (R7)', () => {
  it('answers 507 to a gift for a full pool, and still serves draws', async () => {
    const small = await openTestApp({ POOL_MAX_BYTES: '10B', GRACE: '1m' });
    expect((await small.upload('a.txt', '12345678')).status).toBe(200);
    expect(await problem(await small.upload('b.txt', '12345678'))).toEqual([507, 'storage-full']);
    expect((await fetch(`${small.url}/api/download`)).status).toBe(200);
    await waitUntil(async () => (await small.running.context.ledger.audit()).gifts.delivered === 1);
    // The bytes of a delivered gift count until they are removed.
    expect(await problem(await small.upload('b.txt', '12345678'))).toEqual([507, 'storage-full']);
    await small.advanceTime(61_000);
    expect((await small.upload('c.txt', '12345678')).status).toBe(200);
    await small.close();
  });

  it('answers 507 to a gift beyond the number that the ledger may remember', async () => {
    const small = await openTestApp({ POOL_MAX_GIFTS: '2' });
    for (const name of ['a', 'b']) expect((await small.upload(`${name}.txt`, name)).status).toBe(200);
    await waitUntil(async () => (await small.upload('c.txt', 'c')).status === 507);
    await small.close();
  });

  it('answers 507 to an upload for which others have reserved the room, before its first byte', async () => {
    const gibibyte = 1024 ** 3;
    const { bavail, bsize } = await statfs(tmpdir());
    const floor = `${Math.max(0, bavail * bsize - 2 * gibibyte)}B`;
    const tight = await openTestApp({ MAX_FILE_SIZE: '3GiB', FREE_SPACE_FLOOR: floor });
    const head = `POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: ${1.5 * gibibyte}\r\n\r\n`;
    const socket = connect(tight.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head);
    await waitUntil(() => tight.running.context.reservations.total === 1.5 * gibibyte);
    expect(await rawRequest(tight.port, head, (answer) => answer.includes('storage-full'))).toMatch(/^HTTP\/1.1 507 /);
    expect((await tight.upload('small.txt', 'small')).status).toBe(200);
    socket.destroy();
    await waitUntil(() => tight.running.context.reservations.total === 0);
    await tight.close();
  });

  it('answers 507 below the free space floor before a byte is stored', async () => {
    const full = await openTestApp({ FREE_SPACE_FLOOR: '900TiB' });
    expect(await problem(await full.upload('a.txt', 'a'))).toEqual([507, 'storage-full']);
    expect(await full.blobs()).toEqual([]);
    await full.close();
  });
});
