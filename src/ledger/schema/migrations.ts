import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';
import { createTables } from './migrations/001-tables.ts';
import { addHoursThanksReports } from './migrations/002-hours-thanks-reports.ts';
import { openSlots } from './migrations/003-open-slots.ts';
import { createShared } from './migrations/004-shared.ts';
import { createWatching } from './migrations/007-watching.ts';
import { countKept } from './migrations/012-totals.ts';
import { createAccounts } from './migrations/020-accounts.ts';
import { addKinds } from './migrations/021-kinds.ts';
import { addExpiry } from './migrations/022-expiry.ts';
import { limitLeases } from './migrations/023-leases.ts';
import { addTiers } from './migrations/024-tiers.ts';
import { addDesk } from './migrations/025-desk.ts';
import { countLapses } from './migrations/027-lapses.ts';
import { addRooms } from './migrations/028-rooms.ts';
import { addRounds } from './migrations/029-rounds.ts';

/**
 * The migrations in the types of an engine. One that has landed is never edited, and adds only: processes of the previous
 * version keep working during a rolling upgrade.
 *
 * A column is dropped one version after its last use. Queries name their columns, since `select *` would change its result.
 */
export const migrationsFor = (types: ColumnTypes): Record<string, Migration> => ({
  '001_tables': { up: (db) => createTables(db, types) },
  '002_hours_thanks_reports': { up: (db) => addHoursThanksReports(db, types) },
  '003_open_slots': { up: (db) => openSlots(db, types) },
  '004_shared': { up: createShared },
  '005_move': {
    async up(db) {
      await db.schema
        .createTable('move')
        .addColumn('number', types.id, types.number)
        .addColumn('id', 'text', (c) => c.notNull().unique())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('place', 'text', (c) => c.notNull())
        .execute();
    },
  },
  '006_handed_over': {
    async up(db) {
      await db.schema
        .alterTable('delivery')
        .addColumn('handed_over', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
    },
  },
  '007_watching': { up: createWatching },
  '008_endings': {
    async up(db) {
      await db.schema
        .alterTable('delivery')
        .addColumn('endings', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
    },
  },
  // Changes no table: keeps a version without `small.db` from starting, as it would take the gifts in there for lost.
  '009_bundle': { async up() {} },
  // For draws by a giver who owns nearly the whole pool.
  '011_givers': {
    async up(db) {
      await sql`create index gift_giver on gift (pool_id, giver) where slot is not null`.execute(db);
    },
  },
  '012_kept': { up: countKept },
  '013_key_secret': {
    async up(db) {
      await db.schema
        .createTable('key_secret')
        .addColumn('one', 'integer', (c) => c.primaryKey().check(sql`one = 1`))
        .addColumn('secret', 'text', (c) => c.notNull())
        .addColumn('since', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
  '014_encryption_key': {
    async up(db) {
      await db.schema
        .createTable('encryption_key')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('fingerprint', 'text', (c) => c.notNull())
        .addColumn('used_since', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
  '020_accounts': { up: (db) => createAccounts(db, types) },
  '021_kinds': { up: addKinds },
  '022_expiry': { up: addExpiry },
  '023_leases': { up: (db) => limitLeases(db, types) },
  '024_tiers': { up: (db) => addTiers(db, types) },
  '025_desk': { up: (db) => addDesk(db, types) },
  '027_lapses': { up: countLapses },
  '028_rooms': { up: (db) => addRooms(db, types) },
  '029_rounds': { up: (db) => addRounds(db, types) },
});
