/** The operator's keys by name and fingerprint, so that a start with a wrong or missing one is refused. */
import type { Db } from '../schema/tables.ts';
import type { LedgerKey } from '../sealed-types.ts';

const columns = ['id', 'fingerprint', 'used_since'] as const;

/** See `CoordinationLedger.encryptionKeys`. */
export async function encryptionKeys(db: Db): Promise<readonly LedgerKey[]> {
  const rows = await db.selectFrom('encryption_key').select(columns).orderBy('used_since', 'desc').execute();
  return rows.map(({ id, fingerprint, used_since }) => ({ id, fingerprint, usedSince: used_since }));
}

/** See `CoordinationLedger.useEncryptionKey`. */
export async function useEncryptionKey(
  db: Db,
  { id, fingerprint }: Pick<LedgerKey, 'id' | 'fingerprint'>,
  now: number,
): Promise<void> {
  await db
    .insertInto('encryption_key')
    .values({ id, fingerprint, used_since: now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ used_since: now }))
    .execute();
}
