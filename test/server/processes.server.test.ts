/**
 * Several processes on one PostgreSQL, as on several machines: killing a process or the database loses and doubles
 * nothing.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PoolStats, TicketStatus } from '../../src/contract/api/schemas.ts';
import { type Client, createClient } from '../../src/contract/client.ts';
import { openPostgresLedger } from '../../src/ledger/create-ledger.ts';
import { createExchangeLoad, newContent, textFile } from '../clients/exchange-load.ts';
import { readEventsUntil } from '../setup/event-stream.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { childProcessesOf, type Service, startService } from '../setup/service.ts';
import { waitUntil } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`Several processes are not tested: ${reason}.`);

/** More gifts for a long run: TEST_GIFTS=20000. */
const gifts = Number(process.env.TEST_GIFTS ?? 1500);
const clients = 64;
let server: Postgres;
let database: string;
let folder: string;
let services: Service[];

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

/** A client of one of the processes, chosen anew each time. */
const anyClient = (): Client => createClient((services[randomInt(services.length)] as Service).url);

/** Audits the ledger directly. */
async function audit() {
  const ledger = await openPostgresLedger(server.url(database), (n) => randomInt(n));
  const found = await ledger.audit();
  await ledger.close();
  return found;
}

describe.skipIf(reason !== undefined)('three processes', () => {
  it(`lose and double nothing of ${gifts} gifts when one is killed and restarted`, {
    timeout: 60_000 + gifts * 60,
  }, async () => {
    const load = createExchangeLoad(anyClient);
    const running = load.run(clients, gifts);
    await waitUntil(() => load.given.size > gifts / 3);
    await services[1]?.restart();
    await waitUntil(() => load.given.size > (gifts * 2) / 3);
    await services[2]?.restart();
    await running;
    await load.verify(audit);
  });

  it('lose and double nothing when the database is killed and restarted', async () => {
    const load = createExchangeLoad(anyClient);
    const running = load.run(clients, 400);
    for (const part of [1, 2]) {
      await waitUntil(() => load.given.size > part * 120);
      await server.kill();
      await server.start();
    }
    await running;
    await load.verify(audit);
  });

  it('notify each other', async () => {
    const [a, b, c] = services.map(({ url }) => createClient(url)) as [Client, Client, Client];
    const { ticket } = await a.give(textFile(newContent()));
    expect(await a.draw(ticket)).toBeUndefined();
    const begun = performance.now();
    const [seen, stats, delivery] = await Promise.all([
      readEventsUntil<TicketStatus>(
        a.eventsUrl({ ticket }),
        ({ state }) => state === 'drawn',
        () => b.give(textFile(newContent())),
      ),
      readEventsUntil<PoolStats>(c.eventsUrl('pool'), ({ given_total }) => given_total === 2),
      c.draw(ticket, { wait: 20 }),
    ]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(seen.map(({ state }) => state)).toEqual(expect.arrayContaining(['waiting', 'drawn']));
    expect(stats.at(-1)).toMatchObject({ given_total: 2 });
    expect(delivery).toBeDefined();
  });

  it('may have workers, which are replaced, and end with their primary', async () => {
    const led = await start({ WORKERS: '2' });
    services.push(led);
    const [victim] = childProcessesOf(led.pid) as [number];
    const load = createExchangeLoad(anyClient);
    const running = load.run(clients, 200);
    await waitUntil(() => load.given.size > 60);
    process.kill(victim, 'SIGKILL');
    await waitUntil(() => childProcessesOf(led.pid).length === 2 && !childProcessesOf(led.pid).includes(victim));
    await running;
    await load.verify(audit);
    led.kill('SIGTERM');
    expect(await led.exited()).toEqual({ code: 0, signal: null });
  });

  it('complete the transfers of a process that is told to end', async () => {
    const load = createExchangeLoad(anyClient);
    const running = load.run(clients, 300);
    await waitUntil(() => load.given.size > 100);
    const [first] = services as [Service];
    first.kill('SIGTERM');
    services.shift();
    expect(await first.exited()).toEqual({ code: 0, signal: null });
    await running;
    await load.verify(audit);
    await first.stop();
  });
});
