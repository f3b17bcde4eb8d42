/** Runs migrations. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

/**
 * Runs the migrations that a database lacks; of several processes one does. Throws a sentence for tables of a newer version,
 * whose meaning is unknown.
 */
export async function migrate<T>(db: Kysely<T>, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  const taken = await stepsTaken(db);
  refuseNewer(taken, migrations);
  // An up-to-date database needs no migration lock.
  if (taken.length === Object.keys(migrations).length) return;
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error(String(error));
}

/** True if a database has the tables of this version; changes nothing. Throws a sentence when they are of another version. */
export async function isMigrated<T>(db: Kysely<T>, migrations: Readonly<Record<string, Migration>>): Promise<boolean> {
  const taken = await stepsTaken(db);
  refuseNewer(taken, migrations);
  if (taken.length > 0 && taken.length < Object.keys(migrations).length)
    throw new Error(
      'an older version of this program made its tables; start this version once, which brings them up to date',
    );
  return taken.length > 0;
}

function refuseNewer(taken: readonly string[], migrations: Readonly<Record<string, Migration>>) {
  const unknown = taken.filter((name) => !(name in migrations));
  if (unknown.length > 0)
    throw new Error(
      `a newer version of this program has brought its tables up to date (${unknown.join(', ')}); start that version, or a later one`,
    );
}

/** None in a new database, which has no table of migrations either. */
async function stepsTaken<T>(db: Kysely<T>): Promise<string[]> {
  const known = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const rows = await known
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
    .catch((error) => {
      if (isNoTable(error)) return [];
      throw error;
    });
  return rows.map(({ name }) => name);
}

/** The error of a missing table on either engine. */
const isNoTable = ({ code, message }: { code?: string; message?: string }) =>
  code === '42P01' || /^no such table/.test(message ?? '');
