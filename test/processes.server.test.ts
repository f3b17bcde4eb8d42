/**
 * Several processes on one PostgreSQL, as on several machines: `kill -9` of one of them, and of the database, in the middle of
 * gives and draws loses nothing and doubles nothing, and everybody who gave gets something.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../src/contract/client.ts';
import type { PoolStats, TicketStatus } from '../src/contract/schemas.ts';
import { openPostgresLedger } from '../src/ledger/open.ts';
import { fileOf, until } from './setup/door.ts';
import { follow } from './setup/follow.ts';
import { insistently } from './setup/insist.ts';
import { hindrance, type Postgres, startPostgres } from './setup/postgres.ts';
import { type Service, startService } from './setup/service.ts';

const reason = await hindrance();
if (reason) console.warn(`Several processes are not tested: ${reason}.`);

/** For a long run: TEST_GIFTS=20000. */
const gifts = Number(process.env.TEST_GIFTS ?? 1500);
const clients = 64;
let server: Postgres;
let database: string;
let folder: string;
let services: Service[];

const newContent = () => randomBytes(16).toString('hex');
const textFile = (content: string) => fileOf(`${content.slice(0, 6)}.txt`, content);

const start = (settings: Readonly<Record<string, string>> = {}) =>
  startService({
    DATABASE_URL: server.url(database),
    DATA_DIR: folder,
    RATE_LIMIT: 'off',
    ...settings,
  });

beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  if (reason) return;
  database = await server.newDatabase();
  folder = await mkdtemp(join(tmpdir(), 'rfx-shared-'));
  // All at once, on an empty database.
  services = await Promise.all([start(), start(), start()]);
});
afterEach(async () => {
  if (reason) return;
  await Promise.all(services.map((service) => service.stop()));
  await rm(folder, { recursive: true });
});

/** A client of one of the processes, another one each time it asks for one. */
const anyClient = (): Client => createClient((services[randomInt(services.length)] as Service).url);

interface World {
  readonly given: Set<string>;
  /** Whose tickets got nothing yet. */
  readonly waiting: Set<string>;
  readonly received: string[];
}

/** Gives one gift for a ticket, and draws with it. What fails is asked for again, of another process. */
async function exchange(world: World): Promise<void> {
  const content = newContent();
  const key = randomBytes(16).toString('hex');
  const { ticket } = await insistently(() => anyClient().give(textFile(content), { key }));
  world.given.add(content);
  world.waiting.add(ticket);
  await drawWith(world, ticket);
}

async function drawWith(world: World, ticket: string): Promise<void> {
  const delivery = await insistently(() => anyClient().draw(ticket));
  if (!delivery) return;
  const content = await insistently(async () => (await anyClient().fetchDelivery(delivery)).text());
  await insistently(() => anyClient().received(delivery));
  world.received.push(content);
  world.waiting.delete(ticket);
}

/** All who got nothing try again until there is nothing for any of them any more. */
async function drain(world: World): Promise<void> {
  for (let left = Number.POSITIVE_INFINITY; world.waiting.size < left; ) {
    left = world.waiting.size;
    await Promise.all([...world.waiting].map((ticket) => drawWith(world, ticket)));
  }
}

async function work(world: World, until: number): Promise<void> {
  const one = async () => {
    while (world.given.size < until) await exchange(world);
  };
  await Promise.all(Array.from({ length: clients }, one));
}

/** What the ledger says of itself, past all processes. */
async function audit() {
  const ledger = await openPostgresLedger(server.url(database), (n) => randomInt(n));
  const found = await ledger.audit();
  await ledger.close();
  return found;
}

/** Everything that was given has arrived exactly once, or is left over because all who may have it have had theirs. */
async function judge(world: World): Promise<void> {
  await drain(world);
  expect(new Set(world.received).size).toBe(world.received.length);
  expect(world.received.filter((content) => !world.given.has(content))).toEqual([]);
  const { gifts, tickets, faults } = await audit();
  expect(faults).toEqual([]);
  expect(gifts.delivered ?? 0).toBe(world.received.length);
  expect((gifts.delivered ?? 0) + (gifts.pooled ?? 0)).toBe(world.given.size);
  // Only who is left alone with their own gift got nothing.
  expect(tickets.waiting ?? 0).toBe(world.waiting.size);
  expect(world.waiting.size).toBeLessThanOrEqual(1);
}

const newWorld = (): World => ({ given: new Set(), waiting: new Set(), received: [] });

describe.skipIf(reason !== undefined)('three processes', () => {
  it(`lose and double nothing of ${gifts} gifts, also when one is killed and started again`, {
    timeout: 60_000 + gifts * 60,
  }, async () => {
    const world = newWorld();
    const working = work(world, gifts);
    await until(() => world.given.size > gifts / 3);
    await services[1]?.restart();
    await until(() => world.given.size > (gifts * 2) / 3);
    await services[2]?.restart();
    await working;
    await judge(world);
  });

  it('lose and double nothing when the database is killed and started again', async () => {
    const world = newWorld();
    const working = work(world, 400);
    for (const part of [1, 2]) {
      await until(() => world.given.size > part * 120);
      await server.kill();
      await server.start();
    }
    await working;
    await judge(world);
  });

  it('hear of each other', async () => {
    const [a, b, c] = services.map(({ url }) => createClient(url)) as [Client, Client, Client];
    const { ticket } = await a.give(textFile(newContent()));
    expect(await a.draw(ticket)).toBeUndefined();
    const begun = performance.now();
    const [seen, stats, delivery] = await Promise.all([
      follow<TicketStatus>(
        a.eventsUrl({ ticket }),
        ({ state }) => state === 'drawn',
        () => b.give(textFile(newContent())),
      ),
      follow<PoolStats>(c.eventsUrl('pool'), ({ given_total }) => given_total === 2),
      c.draw(ticket, { wait: 20 }),
    ]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(seen.map(({ state }) => state)).toEqual(expect.arrayContaining(['waiting', 'drawn']));
    expect(stats.at(-1)).toMatchObject({ given_total: 2 });
    expect(delivery).toBeDefined();
  });

  it('let go of a process that is told to end, and what it has under way ends well', async () => {
    const world = newWorld();
    const working = work(world, 300);
    await until(() => world.given.size > 100);
    const [first] = services as [Service];
    first.kill('SIGTERM');
    services.shift();
    expect(await first.ended()).toEqual({ code: 0, signal: null });
    await working;
    await judge(world);
    await first.stop();
  });
});
