import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLedger, openSqliteLedger } from '../create-ledger.ts';
import { migrationsFor } from '../schema/migrations.ts';
import type { Tables } from '../schema/tables.ts';
import { poolFigures } from '../stats/pool-stats.ts';
import { operation } from '../testing/model/operations.ts';
import { perform } from '../testing/model/perform.ts';
import { newWorld } from '../testing/model/world.ts';
import { logQueries } from '../testing/query-log.ts';
import {
  deadlines,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  hoursWith,
  later,
  openRoom,
  seededRandom,
  start,
  statsOf,
  within,
} from '../testing/samples.ts';
import { repairSuite } from '../testing/suite/repairs.ts';
import { ledgerSuite } from '../testing/suite/suite.ts';
import type { Engine } from './engine.ts';
import { openSqlite, sqlite } from './sqlite.ts';

let folder: string;
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-ledger-'));
});

afterAll(() => rm(folder, { recursive: true }));

ledgerSuite('the SQLite ledger', async ({ random }) => {
  const path = newFile();
  const ledger = await openSqliteLedger(path, random);
  return {
    ledger,
    second: () => openSqliteLedger(path, random),
    close: () => ledger.close(),
  };
});

repairSuite('the SQLite ledger’s maintenance', async () => ({
  db: await openSqlite(newFile()),
  engine: sqlite,
}));

const random = seededRandom(5);

async function inDatabase<T>(path: string, run: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  const db = await openSqlite(path);
  try {
    return await run(db);
  } finally {
    await db.destroy();
  }
}

describe('an SQLite file', () => {
  it('uses WAL and synchronous=FULL, so that a commit survives a power cut', () =>
    inDatabase(newFile(), async (db) => {
      expect((await sql`pragma journal_mode`.execute(db)).rows).toEqual([{ journal_mode: 'wal' }]);
      expect((await sql`pragma synchronous`.execute(db)).rows).toEqual([{ synchronous: 2 }]);
    }));

  it('is rejected where SQLite cannot use WAL', async () => {
    await expect(openSqlite(':memory:')).rejects.toThrow('journal mode is "memory", not WAL');
    // Created before SQLite takes the name for no file.
    await rm(':memory:', { force: true });
  });

  it('is rejected when it is no SQLite database', async () => {
    const path = newFile();
    await writeFile(path, 'This is not a database, but a sentence. '.repeat(100));
    await expect(openSqliteLedger(path, random)).rejects.toThrow('not a database');
    await expect(openSqliteLedger(folder, random)).rejects.toThrow();
  });

  it('keeps all data when it is opened again', async () => {
    const path = newFile();
    const first = await openSqliteLedger(path, random);
    const given = await give(first);
    const before = await first.audit();
    await first.close();
    const again = await openSqliteLedger(path, random);
    expect(await again.audit()).toEqual(before);
    expect(await again.findTicket(given.ticket)).toMatchObject({ id: given.ticketId });
    expect(await statsOf(again)).toMatchObject({ gifts: 1, givenTotal: 1 });
    await again.close();
  });

  it('does not answer whether a gift exists after a failed commit', async () => {
    let isFailing = false;
    const engine: Engine = {
      ...sqlite,
      transaction: async (db, isolation, work) => {
        const answer = await sqlite.transaction(db, isolation, work);
        if (isFailing) throw Object.assign(new Error('EIO'), { code: 'SQLITE_IOERR_FSYNC' });
        return answer;
      },
    };
    const ledger = createLedger(await openSqlite(newFile()), engine, random);
    const { key } = await give(ledger);
    isFailing = true;
    await expect(give(ledger)).rejects.toMatchObject({ code: 'storage-failing' });
    isFailing = false;
    // The next start may find in the log what was rolled back.
    await expect(ledger.hasGift(key)).rejects.toMatchObject({ code: 'storage-failing' });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2 });
    await ledger.close();
  });

  it('of an earlier version is migrated with its data', async () => {
    const path = newFile();
    const { db } = logQueries(path);
    const provider = { getMigrations: async () => migrationsFor(sqlite.types) };
    await new Migrator({ db, provider }).migrateTo('001_tables');
    const gift = sql`insert into gift (key, pool_id, giver, name, extension, kind, mime_type, size, sha256, state, given_at, remove_at, checks)
      values ('a', 1, 'g', 'old.txt', 'txt', 'text', 'text/plain', 1, 'b', 'delivered', 0, ${start * 2}, x'00')`;
    await gift.execute(db);
    await sql`insert into delivery (gift_id, state, lease_until) values (1, 'received', 0)`.execute(db);
    await sql`update pool set given_total = 3, delivered_total = 1`.execute(db);
    await db.destroy();
    const ledger = await openSqliteLedger(path, random);
    await ledger.reopen(1, deadlines);
    const none = hoursWith(0, 0);
    expect(await statsOf(ledger)).toMatchObject({ givenTotal: 3, deliveredTotal: 0, hours: none });
    // The outcome of the other two is unknown.
    expect(await ledger.metrics()).toMatchObject({ leased: 1, totals: { expired: 2 } });
    expect(await ledger.thank(1, '🎉')).toEqual([]);
    expect((await ledger.audit()).faults).toEqual([]);
    await ledger.close();
  });

  it('rejects a second active delivery of a gift or a ticket', () =>
    inDatabase(newFile(), async (db) => {
      const insertDelivery = (gift_id: number, ticket_id: number) =>
        db.insertInto('delivery').values({ gift_id, ticket_id, state: 'open', lease_until: 0 }).execute();
      await insertDelivery(1, 1);
      await expect(insertDelivery(1, 2)).rejects.toThrow('UNIQUE');
      await expect(insertDelivery(2, 1)).rejects.toThrow('UNIQUE');
      await db.updateTable('delivery').set({ state: 'lapsed' }).execute();
      await insertDelivery(1, 1);
    }));
});

describe('the queries of the SQLite ledger', { timeout: 60_000 }, () => {
  it('read no gift, ticket or delivery for the pool statistics', async () => {
    const path = newFile();
    const ledger = await openSqliteLedger(path, random);
    await givePlain(ledger);
    const { db, queryLog } = logQueries(path);
    expect(await poolFigures(db, 'public', start)).toMatchObject({ gifts: 1 });
    expect(queryLog.length).toBeGreaterThan(0);
    expect(queryLog.filter((query) => /\b(gift|ticket|delivery)\b/.test(query))).toEqual([]);
    await db.destroy();
    await ledger.close();
  });

  it('of a draw are as many in a pool of any size', async () => {
    const counts: number[] = [];
    for (const gifts of [1000, 4000]) {
      const path = newFile();
      await inDatabase(path, async () => {});
      const { db, queryLog } = logQueries(path);
      const ledger = createLedger(db, sqlite, random);
      await Promise.all(Array.from({ length: gifts }, () => givePlain(ledger)));
      queryLog.length = 0;
      await drawn(drawFree(ledger));
      counts.push(queryLog.length);
      await ledger.complete((await drawn(drawFree(ledger))).id, deadlines);
      await ledger.close();
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it('of the public pool are as many beside many rooms, and read none of them', async () => {
    const counts: number[] = [];
    for (const rooms of [0, 30]) {
      const path = newFile();
      await inDatabase(path, async () => {});
      const { db, queryLog } = logQueries(path);
      const ledger = createLedger(db, sqlite, random);
      for (let n = 0; n < rooms; n++) {
        const hosted = await openRoom(ledger);
        await give(ledger, within(hosted));
      }
      // With many gifts rolls hit at once, as in the test above.
      await Promise.all(Array.from({ length: 1000 }, () => givePlain(ledger)));
      queryLog.length = 0;
      const { ticket } = await give(ledger);
      // How many windows of slots a gift looks at depends on the slots that are taken.
      const before = queryLog.length;
      await drawn(draw(ledger, ticket));
      await drawn(drawFree(ledger));
      await ledger.expire(later(900), start + 900, 10);
      counts.push(queryLog.length - before);
      expect(queryLog.filter((query) => /"room"/.test(query))).toEqual([]);
      await ledger.close();
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it('of a gift with budgets are one more than of one without', async () => {
    const counts: number[] = [];
    const origin = { address: '1 address', budgets: [{ name: '1 address', limit: 10 }] };
    for (const more of [{}, { origin }]) {
      const path = newFile();
      await inDatabase(path, async () => {});
      const { db, queryLog } = logQueries(path);
      const ledger = createLedger(db, sqlite, random);
      await give(ledger, more);
      queryLog.length = 0;
      expect((await give(ledger, more)).ticketId).toBe(2);
      counts.push(queryLog.length);
      await ledger.close();
    }
    expect(counts[1]).toBe((counts[0] ?? 0) + 1);
  });

  it('name their columns, and never scan a whole table', async () => {
    const path = newFile();
    await inDatabase(path, async () => {});
    const { db, queryLog } = logQueries(path);
    const world = newWorld(createLedger(db, sqlite, random));
    const operations = fc.sample(operation, { numRuns: 1500, seed: 1 });
    for (const operation of operations) await perform(world, operation);
    for (const hash of world.hashes) await world.ledger.findTicket(hash);
    for (const { secret } of world.model.deliveries) await world.ledger.findDelivery(secret ?? '');
    await world.ledger.nextLeaseEnd();
    await world.ledger.metrics();
    await world.ledger.markInterrupted();
    await world.ledger.findJobState('reconcile');
    await world.ledger.keysOfShard('a0');
    const queries = [...new Set(queryLog)].filter((query) => /^(select|update|delete)/.test(query));
    expect(queries.length).toBeGreaterThan(40);
    // A newer version may add columns while this one is running.
    expect(queryLog.filter((query) => /select \*|returning \*/.test(query))).toEqual([]);
    const plans = await Promise.all(queries.map((query) => scansOf(db, query)));
    expect(plans.flat()).toEqual([]);
    await world.ledger.close();
  });
});

/** A list of unique values bounds how many rows are sorted. */
const isBounded = (query: string) => /"(?:id|hash|key)" in \(select value from json_each/.test(query);

/** The steps of a query's plan that grow with the ledger: a table read without an index, or an unbounded sort. */
async function scansOf(db: Kysely<Tables>, query: string): Promise<string[]> {
  const parameters = Array(query.split('?').length - 1).fill(1);
  const plan = CompiledQuery.raw(`explain query plan ${query}`, parameters);
  const { rows } = await db.executeQuery<{ detail: string }>(plan);
  return rows
    .map(({ detail }) => detail)
    .filter(
      (step) =>
        /^SCAN (gift|ticket|delivery|report|hour_count)(?! USING)/.test(step) ||
        (/TEMP B-TREE/.test(step) && !isBounded(query)),
    )
    .map((step) => `${step}: ${query}`);
}
