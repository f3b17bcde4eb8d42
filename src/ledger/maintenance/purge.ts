/** The queries of the sweep: removable bytes, expected files, the next lease end, and rows past their retention. */
import { sql } from 'kysely';
import { purgeRateUsage } from '../coordination/rate-usage.ts';
import type { Ledger } from '../ledger.ts';
import { isDeliveryActive } from '../schema/index-predicates.ts';
import { type Db, noChecks } from '../schema/tables.ts';
import { applyChanges, counterChange, keptBytes } from '../stats/counters.ts';
import { purgeHours } from '../stats/hourly.ts';
import { purgeBudgets } from '../tiers/daily-budget.ts';
import type { ExpectedFile, NeededGift } from '../types.ts';

/** See `Ledger.removable`. */
export function removable(db: Db, now: number, limit: number): ReturnType<Ledger['removable']> {
  return db
    .selectFrom('gift')
    .select(['id', 'key'])
    .where('remove_at', '<=', now)
    .orderBy('remove_at')
    .limit(limit)
    .execute();
}

/** See `MaintenanceLedger.markRemoved`. */
export async function markRemoved(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const removed = await db
    .updateTable('gift')
    // The key of an encrypted file goes with its bytes: copies in backups become unreadable.
    .set({ remove_at: null, checks: noChecks }) // mutant: key-not-destroyed
    .where('id', 'in', ids)
    // Another process may have removed them, too.
    .where('remove_at', 'is not', null)
    .returning(['pool_id', 'size'])
    .execute();
  for (const [poolId, gifts] of Map.groupBy(removed, ({ pool_id }) => pool_id))
    await applyChanges(db, poolId, keptBytes(gifts, -1));
}

/**
 * See `MaintenanceLedger.purge`. A gift's row outlives its ticket: the ticket's bearer may ask for the gift's state, and a
 * reopened delivery needs the ticket.
 */
export async function purge(db: Db, now: number, limit: number): Promise<number> {
  const gifts = await db
    .selectFrom('gift')
    .select('id')
    .where('purge_at', '<=', now)
    .where('remove_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('ticket')
            .select('ticket.id')
            .whereRef('ticket.gift_id', '=', 'gift.id')
            .where(({ or, eb, exists, selectFrom }) =>
              or([
                eb('ticket.state', 'in', ['open', 'waiting', 'ready', 'drawn']),
                exists(
                  selectFrom('delivery')
                    .innerJoin('gift as drawn', 'drawn.id', 'delivery.gift_id')
                    .select('delivery.id')
                    .whereRef('delivery.ticket_id', '=', 'ticket.id')
                    .where(sql<boolean>`delivery.state in ('held', 'open', 'received')`)
                    .where('drawn.remove_at', 'is not', null),
                ),
              ]),
            ),
        ),
      ),
    )
    .limit(limit)
    .execute();
  const ids = gifts.map(({ id }) => id);
  if (ids.length > 0) {
    await db.deleteFrom('delivery').where('gift_id', 'in', ids).execute();
    await db.deleteFrom('ticket').where('gift_id', 'in', ids).execute();
    const purged = await db.deleteFrom('gift').where('id', 'in', ids).returning('pool_id').execute();
    for (const [poolId, gifts] of Map.groupBy(purged, ({ pool_id }) => pool_id))
      await applyChanges(db, poolId, counterChange('kept/gifts', -gifts.length));
  }
  const lapsed = await db
    .selectFrom('delivery')
    .select('id')
    .where('purge_at', '<=', now)
    .where('state', 'in', ['lapsed', 'damaged'])
    .limit(limit)
    .execute();
  if (lapsed.length > 0) {
    await db
      .deleteFrom('delivery')
      .where(
        'id',
        'in',
        lapsed.map(({ id }) => id),
      )
      .execute();
  }
  const others = [await purgeHours(db, now, limit), await purgeRateUsage(db, now), await purgeBudgets(db, now, limit)];
  return others.reduce((sum, count) => sum + count, ids.length + lapsed.length);
}

/** See `MaintenanceLedger.nextLeaseEnd`. */
export async function nextLeaseEnd(db: Db): Promise<number | undefined> {
  const next = await db
    .selectFrom('delivery')
    .select('lease_until')
    .where(isDeliveryActive)
    .orderBy('lease_until')
    .limit(1)
    .executeTakeFirst();
  return next?.lease_until;
}

/** See `Ledger.keysOfShard`; keys are hex, so `g` is above every digit. */
export async function keysOfShard(db: Db, shard: string): Promise<ReadonlyMap<string, ExpectedFile>> {
  const rows = await db
    .selectFrom('gift')
    .select(['key', 'given_at', 'size', 'state', sql<number>`length(checks)`.as('checks_size')])
    .where('key', '>=', shard)
    .where('key', '<', `${shard}g`)
    .where(({ or, eb }) => or([eb('state', 'in', ['pooled', 'leased']), eb('remove_at', 'is not', null)]))
    .execute();
  return new Map(
    rows.map(({ key, given_at, size, state, checks_size }) => [
      key,
      { givenAt: given_at, size, checksSize: checks_size, isNeeded: state === 'pooled' || state === 'leased' },
    ]),
  );
}

/** How many gifts are read together, checks and all. */
const page = 200;

/** See `ExistingLedger.neededGifts`. */
export function neededGifts(db: Db, after: number): Promise<NeededGift[]> {
  return db
    .selectFrom('gift')
    .select(['id', 'key', 'size', 'sha256', 'checks'])
    .where('id', '>', after)
    .where('state', 'in', ['pooled', 'leased'])
    .orderBy('id')
    .limit(page)
    .execute();
}

/** How many hashes are read together. */
const hashPage = 1000;

/** See `Ledger.bytesInUse`. */
export function bytesInUse(db: Db, after: number): Promise<Pick<NeededGift, 'id' | 'key' | 'sha256'>[]> {
  return db
    .selectFrom('gift')
    .select(['id', 'key', 'sha256'])
    .where('id', '>', after)
    .where(({ or, eb }) =>
      or([eb('state', 'in', ['pooled', 'leased']), eb('state', '=', 'delivered').and('remove_at', 'is not', null)]),
    )
    .orderBy('id')
    .limit(hashPage)
    .execute();
}
