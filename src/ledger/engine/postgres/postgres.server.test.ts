import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, skipReason, startPostgres } from '../../../../test/setup/postgres.ts';
import { openPostgresLedger } from '../../create-ledger.ts';
import { seededRandom } from '../../testing/samples.ts';
import { tidySuite } from '../../testing/suite/repairs.ts';
import { ledgerSuite } from '../../testing/suite/suite.ts';
import { openPostgres, postgres } from './postgres.ts';

const reason = await skipReason();
if (reason) console.warn(`The ledger is not tested on PostgreSQL: ${reason}.`);

let server: Postgres;
let made = 0;

/** An empty database of its own for each case. */
async function newDatabase(): Promise<string> {
  const name = `ledger_${++made}`;
  const db = await openPostgres(server.url());
  await sql`create database ${sql.ref(name)}`.execute(db);
  await db.destroy();
  return server.url(name);
}

describe.skipIf(reason !== undefined)('on PostgreSQL', () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  ledgerSuite('the PostgreSQL ledger', async ({ random }) => {
    const url = await newDatabase();
    const ledger = await openPostgresLedger(url, random);
    return {
      ledger,
      second: () => openPostgresLedger(url, random),
      close: () => ledger.close(),
    };
  });

  tidySuite('the PostgreSQL ledger’s upkeep', async () => ({
    db: await openPostgres(await newDatabase()),
    engine: postgres,
  }));

  it('may be opened for the first time by many at once', async () => {
    const url = await newDatabase();
    const ledgers = await Promise.all(
      Array.from({ length: 8 }, () => openPostgresLedger(url, seededRandom(1))),
    );
    for (const ledger of ledgers) expect((await ledger.audit()).faults).toEqual([]);
    for (const ledger of ledgers) await ledger.close();
  });
});
