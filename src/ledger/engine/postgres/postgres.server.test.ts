import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, skipReason, startPostgres } from '../../../../test/setup/postgres.ts';
import { openPostgresLedger } from '../../create-ledger.ts';
import { kindSlotsOf } from '../../matching/kind-slots.ts';
import { deadlines, drawFree, drawn, givePlain, later, seededRandom, spans } from '../../testing/samples.ts';
import { repairSuite } from '../../testing/suite/repairs.ts';
import { ledgerSuite } from '../../testing/suite/suite.ts';
import { openPostgres, postgres } from './postgres.ts';

const reason = await skipReason();
if (reason) console.warn(`The ledger is not tested on PostgreSQL: ${reason}.`);

let server: Postgres;
let databases = 0;

/** An empty database of its own for each case. */
async function newDatabase(template = 'template1'): Promise<string> {
  const name = `ledger_${++databases}`;
  const db = await openPostgres(server.url());
  await sql`create database ${sql.ref(name)} template ${sql.ref(template)}`.execute(db);
  await db.destroy();
  return server.url(name);
}

/** A database with empty tables, copied since migrations take longer than most cases. */
const migrated = 'migrated';

describe.skipIf(reason !== undefined)('on PostgreSQL', () => {
  beforeAll(async () => {
    server = await startPostgres();
    await server.run(`create database ${migrated}`);
    await (await openPostgresLedger(server.url(migrated), seededRandom(1))).close();
  });
  afterAll(() => server?.stop());

  ledgerSuite('the PostgreSQL ledger', async ({ random }) => {
    const url = await newDatabase(migrated);
    const ledger = await openPostgresLedger(url, random);
    return {
      ledger,
      second: () => openPostgresLedger(url, random),
      close: () => ledger.close(),
    };
  });

  repairSuite('the PostgreSQL ledger’s maintenance', async () => ({
    db: await openPostgres(await newDatabase()),
    engine: postgres,
  }));

  it('reports and takes the last free gifts while a give is in progress', async () => {
    const url = await newDatabase();
    const ledger = await openPostgresLedger(url, seededRandom(1));
    await givePlain(ledger);
    await givePlain(ledger);
    const other = await openPostgres(url);
    const end = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const giving = postgres.transaction(other, 'shared', async () => {
      begun.resolve();
      await end.promise;
    });
    await begun.promise;
    const { id } = await drawn(drawFree(ledger));
    expect(await ledger.report(id, { reason: 'other', note: null, parties: [] }, deadlines)).toMatchObject({
      notices: [],
    });
    await drawn(drawFree(ledger));
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
    end.resolve();
    await giving;
    await other.destroy();
    await ledger.close();
  });

  it('adds no slots when many deliveries lapse in one transaction', async () => {
    const url = await newDatabase();
    const ledger = await openPostgresLedger(url, seededRandom(1));
    const db = await openPostgres(url);
    const slotsOf = async () => {
      const { kind_slots } = await db
        .selectFrom('pool')
        .select('kind_slots')
        .where('name', '=', 'public')
        .executeTakeFirstOrThrow();
      return kindSlotsOf({ kind_slots }).text ?? 0;
    };
    const gifts = 400;
    await Promise.all(Array.from({ length: gifts }, () => givePlain(ledger)));
    await Promise.all(Array.from({ length: gifts }, () => drawn(drawFree(ledger))));
    const before = await slotsOf();
    expect((await ledger.expireLeases(later(spans.lease), gifts)).count).toBe(gifts);
    expect(await slotsOf()).toBeLessThanOrEqual(2 * before);
    expect((await ledger.audit()).faults).toEqual([]);
    await db.destroy();
    await ledger.close();
  });

  it('several processes can create the same ledger at once', async () => {
    const url = await newDatabase();
    const ledgers = await Promise.all(Array.from({ length: 8 }, () => openPostgresLedger(url, seededRandom(1))));
    for (const ledger of ledgers) expect((await ledger.audit()).faults).toEqual([]);
    for (const ledger of ledgers) await ledger.close();
  });
});
