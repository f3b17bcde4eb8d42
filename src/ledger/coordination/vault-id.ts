/** The id of the vault that belongs to this ledger. */

import type { Db } from '../schema/tables.ts';
import type { VaultBinding } from '../types.ts';

const columns = ['id', 'named'] as const;

/** See `CoordinationLedger.proposeVault`. The first of several concurrent proposals wins. */
export async function proposeVault(db: Db, proposal: string): Promise<VaultBinding> {
  await db
    .insertInto('vault')
    .values({ one: 1, id: proposal, named: 0 })
    .onConflict((conflict) => conflict.column('one').doNothing())
    .execute();
  const { id, named } = await db.selectFrom('vault').select(columns).executeTakeFirstOrThrow();
  return { id, isBound: named === 1 };
}

/** See `CoordinationLedger.saveVaultId`. */
export async function saveVaultId(db: Db, id: string): Promise<void> {
  await db
    .insertInto('vault')
    .values({ one: 1, id, named: 1 })
    .onConflict((conflict) => conflict.column('one').doUpdateSet({ id, named: 1 }))
    .execute();
}

/** See `ExistingLedger.findVaultId`. */
export async function findVaultId(db: Db): Promise<string | undefined> {
  const vault = await db.selectFrom('vault').select(columns).executeTakeFirst();
  return vault?.named === 1 ? vault.id : undefined;
}
