import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refuseConnect, refuseMalformed } from './malformed-requests.ts';
import { trackResponses } from './responses-in-flight.ts';

const whole = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const half = 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
const garbage = 'no request\r\n\r\n';
let server: Server;
let responses: ServerResponse[];
beforeEach(async () => {
  responses = [];
  server = createServer((_request, response) => responses.push(response) && server.emit('asked'));
  const refuse = refuseMalformed(trackResponses(server));
  server.on('clientError', (error, socket) => refuse(error, socket as Socket));
  refuseConnect(server, refuse);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Writes this text, and answers the statuses of all responses once the connection is closed. */
function say(words: string): { socket: Socket; statuses: Promise<number[]> } {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(words);
  let heard = '';
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const all = () => [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, one]) => Number(one));
  return { socket, statuses: closed.then(all) };
}

async function asked(count: number): Promise<ServerResponse[]> {
  while (responses.length < count) await once(server, 'asked');
  return responses;
}

it('refuses garbage by itself at once, and tunnels', async () => {
  expect(await say(garbage).statuses).toEqual([400]);
  expect(await say('CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n').statuses).toEqual([400]);
});

it('refuses a request that breaks off in its body, unless it has its answer', async () => {
  const broken = say(half);
  await asked(1);
  broken.socket.write(garbage);
  expect(await broken.statuses).toEqual([400]);
  const answered = say(half);
  const [, response] = await asked(2);
  response?.writeHead(413).end();
  await once(response as ServerResponse, 'finish');
  answered.socket.write(garbage);
  expect(await answered.statuses).toEqual([413]);
});

it.each([garbage, 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'])(
  'refuses behind all answers before, once: %j',
  async (words) => {
    const { socket, statuses } = say(whole + whole + words);
    const [first, second] = await asked(2);
    socket.write(garbage);
    second?.writeHead(201).end();
    first?.writeHead(200).end();
    expect(await statuses).toEqual([200, 201, 400]);
  },
);

it('waits for an answer that has an error, and is out all the same', async () => {
  const { statuses } = say(whole + garbage);
  const [response] = await asked(1);
  response?.on('error', () => undefined).end();
  response?.write('after its end');
  expect(await statuses).toEqual([200, 400]);
});

it('says no more behind an answer that is cut', async () => {
  const { statuses } = say(whole + garbage);
  const [response] = await asked(1);
  response?.destroy(new Error('the file is gone'));
  expect(await statuses).toEqual([]);
});
