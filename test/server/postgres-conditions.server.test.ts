/** Other users of the database, unusable databases, and limits that processes share through it. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { paths } from '../../src/contract/api/paths.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { fileOf, openTestApp, type TestApp, waitUntil } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`Faults of PostgreSQL are not tested: ${reason}.`);

let server: Postgres;
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
  database = await server.newDatabase();
  app = await openTestApp({ DATABASE_URL: address(server.port) });
});
afterEach(async () => {
  if (reason) return;
  await app.close();
});

const newContent = () => randomBytes(16).toString('hex');
const failing = { code: 'storage-failing' };

const audit = async () => (await app.running.context.ledger.audit()).faults;

describe.skipIf(reason !== undefined)('another user of the database', () => {
  it('delays the service by a lock only briefly', async () => {
    const sessions = new pg.Client({ connectionString: server.url(database) });
    await sessions.connect();
    await sessions.query('begin');
    await sessions.query('lock table gift');
    const file = fileOf('mine.txt', newContent());
    const begun = performance.now();
    await expect(app.client.give(file)).rejects.toMatchObject(failing);
    expect(performance.now() - begun).toBeLessThan(3_000);
    await sessions.query('rollback');
    await sessions.end();
    await app.client.give(file);
    expect(await audit()).toEqual([]);
  });

  it('adds a column, as a newer version does, without effect', async () => {
    const exchange = async () => {
      const { ticket } = await app.client.give(fileOf('mine.txt', newContent()));
      const delivery = await app.client.draw(ticket);
      if (delivery) await (await app.client.fetchDelivery(delivery)).text();
      await app.client.ticket(ticket);
    };
    const work = async () => {
      for (let n = 0; n < 8; n++) await exchange();
      await app.upload('free.txt', newContent());
      await (await fetch(app.url + paths.download)).text();
      await app.advanceTime(1000);
    };
    await work();
    for (const table of ['pool', 'counter', 'hour_count', 'gift', 'ticket', 'delivery', 'report'])
      await server.run(`alter table ${table} add column newer text`, database);
    await work();
    expect(await audit()).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)('a database that is read-only', () => {
  /** Applies a setting to all connections from now on. */
  const alter = async (change: string) => {
    await server.run(`alter database ${database} ${change}`);
    await server.run(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
  };
  const ready = async () => (await fetch(`${app.url}/health/ready`)).status;

  it('makes the service unready, as it takes no gift, until it can be written again', async () => {
    expect(await ready()).toBe(200);
    await alter('set default_transaction_read_only = on');
    await waitUntil(async () => (await ready()) === 503);
    await expect(app.client.give(fileOf('mine.txt', newContent()))).rejects.toMatchObject(failing);
    expect(await ready()).toBe(503);
    await alter('reset default_transaction_read_only');
    await waitUntil(async () => (await ready()) === 200);
    await app.client.give(fileOf('mine.txt', newContent()));
  });
});

describe.skipIf(reason !== undefined)('an unusable database', () => {
  const open = (settings: Record<string, string> = {}) =>
    openTestApp({ DATABASE_URL: server.url(database), DATA_DIR: app.folder, ...settings });

  it.each(['synchronous_commit', 'fsync'])('because %s is off is refused, unless told', async (setting) => {
    // A setting of the whole server needs a server of its own.
    const other = setting === 'fsync' ? await startPostgres(['fsync=off']) : undefined;
    if (!other) await server.run(`alter database ${database} set ${setting} = off`);
    const DATABASE_URL = (other ?? server).url(other ? undefined : database);
    await expect(open({ DATABASE_URL })).rejects.toThrow(`${setting} is off`);
    const told = await open({ DATABASE_URL, DATABASE_UNSAFE: 'on' });
    expect((await fetch(told.url + paths.ready)).status).toBe(200);
    await told.close();
    await other?.stop();
  });

  it('is refused if a newer version has migrated it', async () => {
    await server.run(`insert into kysely_migration values ('999_later', now())`, database);
    await expect(open()).rejects.toThrow('(999_later); start that version');
    await server.run(`delete from kysely_migration where name = '999_later'`, database);
    await (await open()).close();
  });

  it('is refused if it does not exist', async () => {
    await expect(open({ DATABASE_URL: server.url('nowhere') })).rejects.toThrow(
      'The ledger cannot be opened: database "nowhere" does not exist',
    );
  });
});

describe.skipIf(reason !== undefined)('rate limits', () => {
  it('hold for two processes together', async () => {
    const limited = {
      RATE_LIMIT: 'on',
      DRAWS_PER_MINUTE: '60',
      DATABASE_URL: address(server.port),
      DATA_DIR: app.folder,
    };
    const apps = [await openTestApp(limited), await openTestApp(limited)];
    const ask = async (one: TestApp) => (await fetch(one.url + paths.download)).status;
    const [a, b] = apps as [TestApp, TestApp];
    for (let n = 0; n < 50; n++) expect(await ask(a)).toBe(404);
    expect(await ask(b)).toBe(404);
    await waitUntil(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return (await ask(b)) === 429;
    });
    await Promise.all(apps.map((one) => one.close()));
  });
});
