import { describe, expect, it } from 'vitest';
import { type Client, createClient } from './client.ts';
import { Problem, problemFrom } from './problems/problem.ts';

/** A client that records its requests instead of sending them. */
function recorded() {
  const sent: RequestInit[] = [];
  const request: typeof fetch = async (_url, init = {}) => {
    sent.push(init);
    return Response.json({ delivery });
  };
  return { client: createClient('http://localhost', request), sent };
}

const file = { name: 'a.txt', bytes: new Blob(['a']) };
const delivery = { url: '/api/deliveries/d_x' };

describe('a signal', () => {
  it.each<[what: string, call: (client: Client, signal: AbortSignal) => Promise<unknown>]>([
    ['give', (client, signal) => client.give(file, { signal })],
    ['draw', (client, signal) => client.draw('t_x', { signal })],
    ['fetchDelivery', (client, signal) => client.fetchDelivery(delivery, { signal })],
    ['facts', (client, signal) => client.facts(delivery, { signal })],
    ['ticket', (client, signal) => client.ticket('t_x', { signal })],
    ['withdraw', (client, signal) => client.withdraw('t_x', { signal })],
  ])('cancels %s', async (_what, call) => {
    const { client, sent } = recorded();
    const { signal } = new AbortController();
    await call(client, signal);
    expect(sent.map((init) => init.signal)).toEqual([signal]);
  });
});

it('sends range, accept and idempotency key as headers', async () => {
  const { client, sent } = recorded();
  await client.fetchDelivery(delivery);
  await client.fetchDelivery(delivery, { from: 7 });
  await client.facts(delivery);
  await client.give(file, { key: 'k'.repeat(22), giver: 'g_x' });
  expect(sent.map(({ headers }) => headers)).toEqual([
    {},
    { range: 'bytes=7-' },
    { accept: 'application/json' },
    {
      accept: 'application/json',
      'Exchange-Giver': 'g_x',
      'Idempotency-Key': 'k'.repeat(22),
    },
  ]);
});

describe('a refusal', () => {
  const refusedWith = (body: string | ReadableStream) =>
    createClient('http://localhost', async () => new Response(body, { status: 503 })).poolStats();

  it('whose body is cut off is a lost connection', async () => {
    const lost = new TypeError('terminated');
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"type":')),
      pull: (controller) => controller.error(lost),
    });
    await expect(refusedWith(body)).rejects.toBe(lost);
  });

  it('in the words of a proxy is unexpected', async () => {
    await expect(refusedWith('<h1>Bad gateway</h1>')).rejects.toMatchObject({
      code: 'unexpected',
      cause: '503 <h1>Bad gateway</h1>',
    });
  });
});

describe('a service below a path', () => {
  it.each([
    ['/exchange', '/exchange/api/deliveries/d_x', '/api/deliveries/d_x'],
    ['https://example.org/exchange', '/exchange/api/deliveries/d_x', '/api/deliveries/d_x'],
    // Behind a proxy that takes the path away, and a service that does not know its address.
    ['/exchange', '/api/deliveries/d_x', '/api/deliveries/d_x'],
    ['', '/api/deliveries/d_x', '/api/deliveries/d_x'],
    // A service that knows its address, asked past its proxy.
    ['http://localhost:8080', '/exchange/api/deliveries/d_x', '/exchange/api/deliveries/d_x'],
  ])('at "%s": the delivery %s is %s, and is fetched there', async (base, url, relative) => {
    const asked: string[] = [];
    const client = createClient(base, async (input) => {
      asked.push(String(input));
      return Response.json({ delivery: { url } }, { headers: { 'content-location': url } });
    });
    const drawn = [await client.draw('t_x'), await client.drawFree(), await client.facts({ url: relative })];
    expect(drawn.map((one) => one?.url)).toEqual([relative, relative, relative]);
    await client.received({ url: relative });
    expect(asked.at(-1)).toBe(`${base}${relative}/received`);
  });

  it('has problems whose codes are read', () => {
    expect(problemFrom(new Problem('ticket-spent').body('/exchange'))).toMatchObject({ code: 'ticket-spent' });
  });
});
