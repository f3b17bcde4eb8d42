import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, skipReason, startPostgres } from '../../../../test/setup/postgres.ts';
import { openPostgresLedger } from '../../create-ledger.ts';
import { seededRandom } from '../../testing/samples.ts';
import { repairSuite } from '../../testing/suite/repairs.ts';
import { ledgerSuite } from '../../testing/suite/suite.ts';
import { openPostgres, postgres } from './postgres.ts';

const reason = await skipReason();
if (reason) console.warn(`The ledger is not tested on PostgreSQL: ${reason}.`);

let server: Postgres;
let databases = 0;

/** An empty database of its own for each case. */
async function newDatabase(): Promise<string> {
  const name = `ledger_${++databases}`;
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

  repairSuite('the PostgreSQL ledger’s maintenance', async () => ({
    db: await openPostgres(await newDatabase()),
    engine: postgres,
  }));

  it('several processes can create the same ledger at once', async () => {
    const url = await newDatabase();
    const ledgers = await Promise.all(Array.from({ length: 8 }, () => openPostgresLedger(url, seededRandom(1))));
    for (const ledger of ledgers) expect((await ledger.audit()).faults).toEqual([]);
    for (const ledger of ledgers) await ledger.close();
  });
});
