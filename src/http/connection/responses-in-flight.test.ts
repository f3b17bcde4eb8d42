import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onceClosed, type ResponsesInFlight, trackResponses } from './responses-in-flight.ts';

const whole = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
let server: Server;
let underWay: ResponsesInFlight;
let responses: ServerResponse[];
beforeEach(async () => {
  responses = [];
  server = createServer((_request, response) => responses.push(response) && server.emit('asked'));
  underWay = trackResponses(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A connection with a number of pipelined requests, and their responses. */
async function ask(count: number) {
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1', () => client.write(whole.repeat(count))).resume();
  while (responses.length < count) await once(server, 'asked');
  const [socket] = underWay.sockets();
  if (!socket) throw new Error('nobody is connected');
  return { client, socket, answers: responses };
}

/** Not `once`, which would treat the reset as the end. */
async function leave(client: Socket, socket: Socket): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  client.resetAndDestroy();
  await closed;
  await new Promise((resolve) => setImmediate(resolve));
}

it('knows the answers of a connection, in order, until they are out', async () => {
  const { socket, answers } = await ask(2);
  expect(underWay.on(socket)).toEqual(answers);
  answers[1]?.end('second');
  answers[0]?.end('first');
  await Promise.all(answers.map((answer) => once(answer, 'close')));
  expect(underWay.on(socket)).toEqual([]);
});

it('tells every answer once that its connection is gone, not only the one whose turn it is', async () => {
  const { client, socket, answers } = await ask(3);
  const told: number[] = [];
  for (const [i, answer] of answers.entries()) answer.on('close', () => told.push(i));
  await leave(client, socket);
  expect(told).toEqual([0, 1, 2]);
  expect([...underWay.sockets()]).toEqual([]);
});

it('calls back at once where the asker had left before', async () => {
  const { client, socket, answers } = await ask(2);
  await leave(client, socket);
  let over = 0;
  for (const answer of answers) onceClosed(answer, () => (over += 1));
  expect(over).toBe(2);
});
