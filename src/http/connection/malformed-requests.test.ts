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
  server = createServer((_request, response) => responses.push(response) && server.emit('requested'));
  const refuse = refuseMalformed(trackResponses(server), '');
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
function connectAndWrite(text: string): { socket: Socket; statuses: Promise<number[]> } {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(text);
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const statusesOf = () => [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { socket, statuses: closed.then(statusesOf) };
}

async function untilRequested(count: number): Promise<ServerResponse[]> {
  while (responses.length < count) await once(server, 'requested');
  return responses;
}

it('answers 400 at once to a malformed request and to CONNECT', async () => {
  expect(await connectAndWrite(garbage).statuses).toEqual([400]);
  expect(await connectAndWrite('CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n').statuses).toEqual([400]);
});

it('answers 400 to a request with a malformed body, unless it has a response', async () => {
  const broken = connectAndWrite(half);
  await untilRequested(1);
  broken.socket.write(garbage);
  expect(await broken.statuses).toEqual([400]);
  const answered = connectAndWrite(half);
  const [, response] = await untilRequested(2);
  response?.writeHead(413).end();
  await once(response as ServerResponse, 'finish');
  answered.socket.write(garbage);
  expect(await answered.statuses).toEqual([413]);
});

it.each([garbage, 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'])(
  'answers 400 once, after all earlier responses: %j',
  async (text) => {
    const { socket, statuses } = connectAndWrite(whole + whole + text);
    const [first, second] = await untilRequested(2);
    socket.write(garbage);
    second?.writeHead(201).end();
    first?.writeHead(200).end();
    expect(await statuses).toEqual([200, 201, 400]);
  },
);

it('waits for a response that is sent in spite of an error', async () => {
  const { statuses } = connectAndWrite(whole + garbage);
  const [response] = await untilRequested(1);
  response?.on('error', () => undefined).end();
  response?.write('after its end');
  expect(await statuses).toEqual([200, 400]);
});

it('answers nothing after a response that is cut off', async () => {
  const { statuses } = connectAndWrite(whole + garbage);
  const [response] = await untilRequested(1);
  response?.destroy(new Error('the file is gone'));
  expect(await statuses).toEqual([]);
});
