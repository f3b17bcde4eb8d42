import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it as always, expect } from 'vitest';
import { runClosedLoop } from './closed-loop.ts';
import type { LoadPlan, LoadResult } from './load-plan.ts';
import { captureMark, numberMark, postForm, type RequestTemplate, request } from './request-plan.ts';

/** Only Linux routes all of 127.0.0.0/8 by default. */
const it = always.skipIf(process.platform !== 'linux');

async function driveAgainst(answer: RequestListener, order: Partial<LoadPlan>): Promise<LoadResult> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const usual = { connections: 4, seconds: 60, rounds: 20, numbers: { from: 7 }, addressesFrom: 0 };
  try {
    return await runClosedLoop({ port, requests: [request('GET /')], ...usual, ...order });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const expecting = (responseSize: number): RequestTemplate => ({
  ...request(`GET /${numberMark}`),
  responseSize,
});

it('runs a number of rounds, each with its own number, from one address per connection', async () => {
  const urls: (string | undefined)[] = [];
  const addresses = new Set<string | undefined>();
  const result = await driveAgainst(
    (request, response) => {
      urls.push(request.url);
      addresses.add(request.socket.remoteAddress);
      response.end('ok');
    },
    { requests: [expecting(2)] },
  );
  expect(result.requests[0]).toMatchObject({ good: 20, outcomes: { 200: 20 } });
  const numbers = Array.from({ length: 20 }, (_, n) => `/${String(n + 7).padStart(12, '0')}`);
  expect(urls.sort()).toEqual(numbers);
  expect(addresses.size).toBe(4);
});

it('counts refusals, broken and short responses by kind and not as good', async () => {
  let count = 0;
  const result = await driveAgainst(
    (_request, response) => {
      const turn = count++ % 4;
      if (turn === 0) response.end('whole');
      else if (turn === 1) response.writeHead(503).end('whole');
      else if (turn === 2) response.end('cut');
      else response.destroy();
    },
    { requests: [expecting(5)], connections: 1 },
  );
  expect(result.requests[0]).toMatchObject({
    good: 5,
    outcomes: { 200: 5, 503: 5, 'cut short': 5, broken: 5 },
  });
});

it('reconnects to a server that closes after each response', async () => {
  const result = await driveAgainst((_request, response) => response.setHeader('connection', 'close').end('ok'), {});
  expect(result.requests[0]?.outcomes).toEqual({ 200: 20 });
});

it('carries a ticket from one response to the next request, and reports prefixes', async () => {
  const ticket = 't'.repeat(captureMark.length);
  const shown: (string | undefined)[] = [];
  const result = await driveAgainst(
    (request, response) => {
      if (request.method === 'POST') {
        request.resume().on('end', () => response.end(JSON.stringify({ ticket })));
        return;
      }
      shown.push(request.headers.authorization);
      response.end('a stranger');
    },
    {
      rounds: 3,
      prefixBytes: 5,
      requests: [
        { ...postForm('/', 100), captures: '"ticket":"([^"]+)"' },
        request('GET /', [`Authorization: Bearer ${captureMark}`]),
      ],
    },
  );
  expect(shown).toEqual(Array(3).fill(`Bearer ${ticket}`));
  expect(result.prefixes).toEqual(Array(3).fill('a str'));
  expect(result.requests.map(({ good }) => good)).toEqual([3, 3]);
});

it('ends after its time, but completes started rounds', async () => {
  const result = await driveAgainst((_request, response) => setTimeout(() => response.end('late'), 50), {
    seconds: 0.01,
    rounds: Number.POSITIVE_INFINITY,
  });
  expect(result).toMatchObject({ started: 4, requests: [{ good: 4 }] });
});
