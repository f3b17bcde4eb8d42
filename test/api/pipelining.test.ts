/** Clients that pipeline requests (RFC 9112, section 9.3.2) and then break the protocol. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTestApp, rawRequest, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
let timersBefore: number;
beforeEach(async () => {
  app = await openTestApp();
  timersBefore = timers();
});
afterEach(() => app.close());

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
/** No request: methods are upper-case. */
const garbage = 'get / HTTP/1.1\r\nhost: x\r\n\r\n';
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

it('sends a file whole, and refuses garbage behind its request', async () => {
  const bytes = randomBytes(1_500_000).toString('hex');
  await app.upload('large.txt', bytes);
  const answer = Buffer.from(await rawRequest(app.port, get('/api/download') + garbage), 'latin1');
  const begin = answer.indexOf('\r\n\r\n') + 4;
  expect(answer.subarray(begin, begin + bytes.length).equals(Buffer.from(bytes))).toBe(true);
  expect(answer.subarray(begin + bytes.length).toString('latin1')).toMatch(/^HTTP\/1\.1 400 /);
});

it('acknowledges a gift with garbage behind it', async () => {
  const gift = `POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\ngift`;
  expect(statuses(await rawRequest(app.port, gift + garbage))).toEqual([202, 400]);
  expect((await app.client.poolStats()).given_total).toBe(1);
});

it('writes nothing into an open event stream, which ends with its reader', async () => {
  const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.write(get('/api/pool/events') + garbage);
  await waitUntil(() => received.includes('event: stats'));
  socket.write(garbage);
  await app.upload('a.txt', 'a');
  await waitUntil(() => received.includes('"given_total":1'));
  expect(statuses(received)).toEqual([200]);
  socket.end();
  await untilForgotten();
});

const endings: readonly [string, (socket: Socket) => void][] = [
  ['is reset', (socket) => socket.resetAndDestroy()],
  ['ends in the middle of a request', (socket) => socket.end('GET ')],
  // Node.js then forgets the pipelined requests.
  ['asks for a tunnel', (socket) => socket.end('CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n')],
];

it.each(endings)('forgets all requests of a connection that %s', async (_how, end) => {
  for (let i = 0; i < 2; i++) await app.upload(`${i}.txt`, `${i}`.repeat(5_000_000));
  const { activeTransfers } = app.running.context;
  const stream = get('/api/pool/events');
  const socket = ask(get('/api/download').repeat(2) + stream);
  await waitUntil(() => activeTransfers.size === 2 && timers() > timersBefore);
  end(socket);
  await waitUntil(() => activeTransfers.size === 0);
  await untilForgotten();
});

const untilForgotten = () => waitUntil(() => timers() <= timersBefore);

/** Sends this and reads nothing, so that the first response stays under way. */
function ask(words: string): Socket {
  const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
  socket.pause().write(words);
  return socket;
}

/** Timers that would keep the process alive: each event stream has one for its heartbeat. */
const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;

it('answers thousands of pipelined requests in order, and other clients in between', async () => {
  const count = 6_000;
  const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.write(get('/api/pool/stats').repeat(count));
  await waitUntil(() => received !== '');
  await app.upload('a.txt', 'a');
  // Worked on all at once, they would have been finished first.
  expect(statuses(received).length).toBeLessThan(count);
  await waitUntil(() => statuses(received).length === count);
  socket.destroy();
});

it('ends a stream and its connection when another request is pipelined behind it', async () => {
  const stream = get('/api/pool/events');
  await app.upload('a.txt', 'a');
  const answer = await rawRequest(app.port, stream + get('/api/download'));
  expect(statuses(answer)).toEqual([200]);
  expect(answer).toMatch(/\r\n0\r\n\r\n$/);
  expect((await app.client.poolStats()).file_count).toBe(1);
  const later = connect(app.port, '127.0.0.1').on('error', () => undefined);
  const closed = new Promise((resolve) => later.once('close', resolve));
  later.write(stream);
  later.once('data', () => later.write(stream));
  await closed;
  await untilForgotten();
});
