import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onceClosed, type ResponsesInFlight, trackResponses } from './responses-in-flight.ts';

const whole = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
let server: Server;
let inFlight: ResponsesInFlight;
let responses: ServerResponse[];
beforeEach(async () => {
  responses = [];
  server = createServer((_request, response) => responses.push(response) && server.emit('requested'));
  inFlight = trackResponses(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A connection with a number of pipelined requests, and their responses. */
async function sendRequests(count: number) {
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1', () => client.write(whole.repeat(count))).resume();
  while (responses.length < count) await once(server, 'requested');
  const [socket] = inFlight.sockets();
  if (!socket) throw new Error('no connection');
  return { client, socket, answers: responses };
}

/** Not `once`, which would treat the reset as the end. */
async function resetConnection(client: Socket, socket: Socket): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  client.resetAndDestroy();
  await closed;
  await new Promise((resolve) => setImmediate(resolve));
}

it('tracks the responses of a connection in order until they are sent', async () => {
  const { socket, answers } = await sendRequests(2);
  expect(inFlight.on(socket)).toEqual(answers);
  answers[1]?.end('second');
  answers[0]?.end('first');
  await Promise.all(answers.map((answer) => once(answer, 'close')));
  expect(inFlight.on(socket)).toEqual([]);
});

it('closes every pipelined response once when the connection is gone', async () => {
  const { client, socket, answers } = await sendRequests(3);
  const closed: number[] = [];
  for (const [i, answer] of answers.entries()) answer.on('close', () => closed.push(i));
  await resetConnection(client, socket);
  expect(closed).toEqual([0, 1, 2]);
  expect([...inFlight.sockets()]).toEqual([]);
});

it('calls back at once when the client has already left', async () => {
  const { client, socket, answers } = await sendRequests(2);
  await resetConnection(client, socket);
  let calls = 0;
  for (const answer of answers) onceClosed(answer, () => (calls += 1));
  expect(calls).toBe(2);
});
