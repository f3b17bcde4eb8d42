/** `rfx doctor` on a PostgreSQL, beside a running service. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import { drawAll, populate, runDoctor } from '../setup/doctor.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`The doctor is not tested on PostgreSQL: ${reason}.`);

let server: Postgres;
let settings: { DATABASE_URL: string; DATA_DIR: string };
let database: string;
const { place } = scratchFolder();

beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  if (reason) return;
  database = await server.newDatabase();
  settings = { DATABASE_URL: server.url(database), DATA_DIR: place('data') };
});

const say = (statement: string) => server.run(statement, database);

async function ask(query: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  const { rows } = await client.query({ text: query, rowMode: 'array' });
  await client.end();
  return String(rows[0]?.[0]);
}

async function withDoor(work: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await openTestApp({ DATABASE_URL: settings.DATABASE_URL }, {}, place('data'));
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

const repairing = { options: { share: 1, repair: true } };

describe.skipIf(reason !== undefined)('rfx doctor on PostgreSQL', () => {
  it('repairs while the service runs, and every ticket is served', () =>
    withDoor(async (app) => {
      const tickets = await populate(app);
      await say('create extension amcheck');
      expect(await runDoctor(settings, { options: { share: 1 } })).toMatchObject({ faults: [] });

      await say("update counter set value = value + 3 where name like 'gifts/%'");
      const gone = await ask("select min(key) from gift where state = 'pooled'");
      await rm(place(join('data/vault/gifts', gone.slice(0, 2), gone)));
      const stray = `ab${'0'.repeat(30)}`;
      await writeFile(place(join('data/vault/gifts/ab', stray)), 'stray');
      const seen = await runDoctor(settings);
      expect(new Set(seen.faults.map(({ kind }) => kind))).toEqual(new Set(['rule', 'missing', 'stray']));
      expect((await runDoctor(settings, repairing)).left).toEqual([]);
      expect(await runDoctor(settings, { options: { share: 1 } })).toMatchObject({ faults: [] });
      expect(await drawAll(app, tickets)).toBe(4);
    }));

  it('takes nothing in flight for a fault', () =>
    withDoor(async (app) => {
      let isOver = false;
      const company = Array.from({ length: 4 }, async (_, who) => {
        for (let n = 0; !isOver; n++) await exchange(app, `${who} ${n}`);
      });
      // Pretends that all is old: whatever is in flight would look stray or missing.
      const young = { patient: () => ({ now: () => Date.now() + minStrayAge }) };
      const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 500));
      for (let n = 0; n < 5; n++)
        expect(await runDoctor(settings, { options: { share: 0.3 }, progress: { settle }, ...young })).toMatchObject({
          faults: [],
        });
      isOver = true;
      await Promise.all(company);
    }));

  it('repairs counters beside concurrent writers', () =>
    withDoor(async (app) => {
      const names = ['open_tickets', 'given_total', 'gifts/text', 'bytes/text', 'extension/txt'];
      const company = Array.from({ length: 4 }, async (_, who) => {
        for (let n = 0; n < 40; n++) await exchange(app, `${who} ${n}`);
      });
      for (let n = 0; n < 5; n++) {
        for (const name of names)
          await say(
            `insert into counter (pool_id, stripe, name, value) values (1, 900, '${name}', 7) on conflict (pool_id, stripe, name) do update set value = counter.value + 7`,
          );
        await runDoctor(settings, { options: { repair: true } });
      }
      await Promise.all(company);
      expect(await runDoctor(settings)).toMatchObject({ faults: [] });
    }));

  it('stops when PostgreSQL finds its own tables damaged', () =>
    withDoor(async (app) => {
      await populate(app);
      await say('alter table gift add constraint odd check (size < 10) not valid');
      const { faults, notes } = await runDoctor(settings, repairing);
      expect(faults).toEqual([{ kind: 'database', subject: 'the rule odd of gift is not valid', says: '' }]);
      expect(notes).toEqual([expect.stringContaining('backup')]);
    }));

  it('creates nothing where there is no exchange', async () => {
    await expect(runDoctor(settings, repairing)).rejects.toThrow('no exchange');
    expect(await ask("select count(*) from pg_tables where schemaname = 'public'")).toBe('0');
    expect(await ask("select count(*) from pg_proc where proname like 'rfx%'")).toBe('0');
  });
});

async function exchange({ client }: TestApp, name: string): Promise<void> {
  const { ticket } = await client.give(fileOf(`${name}.txt`, `the gift of ${name}`));
  const drawn = await client.draw(ticket);
  if (drawn) await (await client.fetchDelivery(drawn)).text();
}
