import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { trackResponses } from './responses-in-flight.ts';

const get = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const connections = 6;
const each = 1_000;
let server: Server;
let clients: Socket[];
/** How many requests arrived in each turn of the event loop. */
let turns: number[];

beforeEach(async () => {
  clients = [];
  turns = [0];
  let isEnded = false;
  const nextTurn = () => {
    turns.push(0);
    if (!isEnded) setImmediate(nextTurn);
  };
  nextTurn();
  server = createServer((_request, response) => inFlight.admit(response, () => response.end('answer')));
  const inFlight = trackResponses(server);
  server.prependListener('request', () => {
    turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return () => {
    isEnded = true;
  };
});
afterEach(() => {
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  server.close();
});

async function open(localAddress: string): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
  clients.push(client);
  await once(client, 'connect');
  return client;
}

it('parses the requests of one connection that pipelines in a turn, and answers others in between', async () => {
  const flood = await Promise.all(Array.from({ length: connections }, () => open('127.0.0.2')));
  const other = await open('127.0.0.1');
  for (const client of flood) client.resume().write(get.repeat(each));
  other.write(get);
  const [answer] = (await once(other, 'data')) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  const parsed = turns.reduce((sum, count) => sum + count, 0);
  expect(parsed).toBeGreaterThanOrEqual(each);
  expect(parsed).toBeLessThan(connections * each);
  while (turns.reduce((sum, count) => sum + count, 0) < 3 * each) await once(server, 'request');
  // One packet, and the first requests of another one.
  expect(turns.reduce((most, count) => Math.max(most, count), 0)).toBeLessThan(2 * each);
});

it('holds a new connection of a client that pipelines, and reads it later', async () => {
  const flood = await open('127.0.0.2');
  flood.resume().write(get.repeat(each));
  await once(server, 'request');
  const later = await open('127.0.0.2');
  later.write(get);
  const [answer] = (await once(later, 'data')) as [Buffer];
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
});
