/** Brings a database's tables up to date. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

/**
 * Takes the steps that a database has not taken yet; when many processes start at once, one does. Throws a sentence when a newer
 * version has been at it: what its tables mean by now, we cannot know.
 */
export async function bringUpToDate<T>(
  db: Kysely<T>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const taken = await stepsTaken(db);
  const unknown = taken.filter((name) => !(name in migrations));
  if (unknown.length > 0)
    throw new Error(
      `a newer version of this program has brought its tables up to date (${unknown.join(', ')}); start that version, or a later one`,
    );
  // Who has nothing to do waits for nobody.
  if (taken.length === Object.keys(migrations).length) return;
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error instanceof Error ? error : new Error(String(error));
}

/** None in a database that is new, and then there is no table to ask either. */
async function stepsTaken<T>(db: Kysely<T>): Promise<string[]> {
  const known = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const rows = await known
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
    .catch(() => []);
  return rows.map(({ name }) => name);
}
