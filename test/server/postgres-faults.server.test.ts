/** Failures of PostgreSQL and of the network to it (R3, R6): nothing is lost or doubled. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { paths } from '../../src/contract/api/paths.ts';
import { deadlinesFrom } from '../../src/exchange/deadlines.ts';
import { findClaimedDelivery } from '../../src/exchange/deliver.ts';
import { retryUntilAnswered } from '../clients/retry.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { type CommitBreak, type PostgresProxy, startPostgresProxy } from '../setup/postgres-proxy.ts';
import { fileOf, openTestApp, type TestApp, waitUntil } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`Faults of PostgreSQL are not tested: ${reason}.`);

let server: Postgres;
let proxy: PostgresProxy;
let app: TestApp;
let database: string;

const address = (port: number) => `postgres://postgres@127.0.0.1:${port}/${database}?lock_timeout=500`;

beforeAll(async () => {
  if (reason) return;
  server = await startPostgres();
});
afterAll(() => server?.stop());

beforeEach(async () => {
  if (reason) return;
  proxy = await startPostgresProxy(server.port);
  database = await server.newDatabase();
  app = await openTestApp({ DATABASE_URL: address(proxy.port) });
});
afterEach(async () => {
  if (reason) return;
  proxy.mode = 'pass';
  await app.close();
  proxy.close();
});

const newContent = () => randomBytes(16).toString('hex');
const newKey = () => randomBytes(16).toString('hex');
const failing = { code: 'storage-failing' };

/** A free gift of another giver. */
async function giveFreely(): Promise<string> {
  const content = newContent();
  await app.upload('theirs.txt', content);
  return content;
}

/** All bytes of a delivery were sent, by a response that did not end well. */
async function sendAll({ url }: { readonly url: string }): Promise<void> {
  const { context } = app.running;
  const { id, gift } = await findClaimedDelivery(context, basename(url));
  await context.ledger.renewLease(id, [0, gift.size], deadlinesFrom(context));
}

const audit = async () => (await app.running.context.ledger.audit()).faults;
const isReady = async () => (await app.ready()).status === 200;

describe.skipIf(reason !== undefined).each<CommitBreak>(['commit', 'answer', 'late'])(
  'a network that breaks at a COMMIT (%s)',
  (at) => {
    it('of a gift: it is given once, even after a retry', async () => {
      const file = fileOf('mine.txt', newContent());
      const key = newKey();
      proxy.cutAtCommit(at, /insert into "gift"/);
      const first = await app.client.give(file, { key }).catch((error: unknown) => error);
      expect(proxy.hasCut()).toBe(true);
      if (at === 'commit') expect(first).toMatchObject(failing);
      const again = await app.client.give(file, { key });
      if (at !== 'commit') expect(again).toEqual(first);
      expect(await app.client.poolStats()).toMatchObject({ file_count: 1, given_total: 1 });
      expect(await app.blobs()).toHaveLength(1);
      expect(await audit()).toEqual([]);
    });

    it('of a draw: the ticket gets one delivery', async () => {
      const contents = [await giveFreely(), await giveFreely()];
      const { ticket } = await app.client.give(fileOf('mine.txt', newContent()));
      proxy.cutAtCommit(at, /insert into "delivery"/);
      await expect(app.client.draw(ticket)).rejects.toMatchObject(failing);
      expect(proxy.hasCut()).toBe(true);
      const delivery = await app.client.draw(ticket);
      expect(await app.client.draw(ticket)).toEqual(delivery);
      const arrived = await (await app.client.fetchDelivery(delivery as { url: string })).text();
      expect(contents).toContain(arrived);
      expect(await app.client.poolStats()).toMatchObject({ file_count: 2 });
      expect(await audit()).toEqual([]);
    });

    it('of an arrival: it is recorded nevertheless', async () => {
      const content = await giveFreely();
      proxy.cutAtCommit(at, /"received_at" = /);
      expect(await (await fetch(app.url + paths.download)).text()).toBe(content);
      await waitUntil(async () => (await app.client.poolStats()).delivered_total === 1);
      expect(proxy.hasCut()).toBe(true);
      await app.advanceTime(60 * 60 * 1000);
      expect(await app.client.poolStats()).toMatchObject({ file_count: 0, delivered_total: 1 });
      expect(await audit()).toEqual([]);
    });

    it('of an acknowledgement: a retry is recorded', async () => {
      await giveFreely();
      const { ticket } = await app.client.give(fileOf('mine.txt', newContent()));
      const delivery = await app.client.draw(ticket);
      await sendAll(delivery as { url: string });
      proxy.cutAtCommit(at, /"received_at" = /);
      await expect(app.client.received(delivery as { url: string })).rejects.toMatchObject(failing);
      await app.client.received(delivery as { url: string });
      expect((await app.client.ticket(ticket)).state).toBe('spent');
      expect(await audit()).toEqual([]);
    });

    it('of a withdrawal: a retry succeeds', async () => {
      const { ticket } = await app.client.give(fileOf('mine.txt', newContent()));
      proxy.cutAtCommit(at, /update "gift"/);
      await expect(app.client.withdraw(ticket)).rejects.toMatchObject(failing);
      await app.client.withdraw(ticket);
      expect(await app.client.poolStats()).toMatchObject({ file_count: 0 });
      await app.advanceTime(1000);
      expect(await app.blobs()).toEqual([]);
      expect(await audit()).toEqual([]);
    });
  },
);

describe.skipIf(reason !== undefined)('a gift that enters the pool', () => {
  it('is waited for by a draw that would find nothing', async () => {
    const other = await openTestApp({ DATABASE_URL: address(server.port), DATA_DIR: app.folder });
    const { ticket } = await other.client.give(fileOf('mine.txt', newContent()));
    proxy.cutAtCommit('late', /insert into "gift"/);
    const giving = app.upload('theirs.txt', newContent());
    await waitUntil(() => proxy.hasCut());
    expect(await other.client.draw(ticket)).toMatchObject({ name: 'theirs.txt' });
    expect((await giving).status).toBe(200);
    expect(await audit()).toEqual([]);
    await other.close();
  });
});

describe.skipIf(reason !== undefined)('an unreachable database', () => {
  it('fails readiness and is answered with a retry', async () => {
    expect(await isReady()).toBe(true);
    proxy.mode = 'refuse';
    proxy.cutAll();
    expect(await isReady()).toBe(false);
    await expect(app.client.give(fileOf('mine.txt', newContent()))).rejects.toMatchObject(failing);
    proxy.mode = 'pass';
    expect(await isReady()).toBe(true);
    await app.client.give(fileOf('mine.txt', newContent()));
  });

  it('is detected soon even if it is silent', async () => {
    proxy.mode = 'stall';
    const begun = performance.now();
    expect(await isReady()).toBe(false);
    expect(performance.now() - begun).toBeLessThan(4_000);
    const giving = app.client.give(fileOf('mine.txt', newContent()));
    await expect(giving).rejects.toMatchObject(failing);
    expect(performance.now() - begun).toBeLessThan(30_000);
    proxy.mode = 'pass';
    await waitUntil(isReady);
    await app.client.give(fileOf('mine.txt', newContent()));
    expect(await audit()).toEqual([]);
  });

  it('wakes waiting clients after its return: missed notifications are made good', async () => {
    const { ticket } = await app.client.give(fileOf('mine.txt', newContent()));
    const waiting = app.client.draw(ticket, { wait: 30 });
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'waiting');
    // Another process gives while this one cannot receive notifications.
    const other = await openTestApp({
      DATABASE_URL: address(server.port),
      DATA_DIR: app.folder,
    });
    proxy.mode = 'refuse';
    proxy.cutAll();
    await other.upload('theirs.txt', newContent());
    await other.close();
    proxy.mode = 'pass';
    const begun = performance.now();
    expect(await waiting).toMatchObject({ name: 'theirs.txt' });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('loses and doubles nothing when all connections end under load', async () => {
    const given = new Set<string>();
    const got: string[] = [];
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        const content = newContent();
        const key = newKey();
        const { ticket } = await retryUntilAnswered(() => app.client.give(fileOf('a.txt', content), { key }));
        given.add(content);
        const delivery = await retryUntilAnswered(() => app.client.draw(ticket));
        if (!delivery) continue;
        const bytes = await retryUntilAnswered(async () => (await app.client.fetchDelivery(delivery)).text());
        got.push(bytes);
        await retryUntilAnswered(() => app.client.received(delivery));
      }
    };
    const working = Promise.all(Array.from({ length: 8 }, work));
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.run(
        `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = '${database}'`,
      );
    }
    isOver = true;
    await working;
    expect(new Set(got).size).toBe(got.length);
    const { gifts, faults } = await app.running.context.ledger.audit();
    const { pooled = 0, leased = 0, delivered = 0 } = gifts;
    expect({ faults, delivered, all: pooled + leased + delivered }).toEqual({
      faults: [],
      delivered: got.length,
      all: given.size,
    });
  });
});
