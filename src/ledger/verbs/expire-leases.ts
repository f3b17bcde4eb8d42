/** Leases and holds that run out. */
import type { Tx } from '../engine/isolation.ts';
import { enterPool } from '../matching/enter-pool.ts';
import { lockGift } from '../matching/gift-rows.ts';
import { lapseOf, secondHold } from '../matching/lapses.ts';
import { assertCanServe, reopenTicket } from '../matching/tickets.ts';
import { isDeliveryActive } from '../schema/index-predicates.ts';
import { deliveryColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import { applyChanges, type CounterChanges, counterChange, mergeChanges } from '../stats/counters.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';
import { completeOpen } from './complete.ts';

/**
 * See `MaintenanceLedger.expireLeases`. Skips rows that another transaction has locked. Throws `NeedsIsolation` if tickets wait
 * for the gifts that would return.
 */
export async function expireLeases(tx: Tx, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const { db } = tx;
  const over = await expiredLeases(db, deadlines)
    .select(['id', 'gift_id', 'ticket_id'])
    .orderBy('lease_until')
    .orderBy('id')
    .limit(limit)
    .execute();
  await assertCanServe(tx, tx.isExclusive ? [] : await poolsOf(db, over));
  const locked = await lockIdle(db, over, deadlines);
  const notices: TicketNotice[] = [];
  for (const { id } of over) {
    const row = locked.get(id);
    if (row) notices.push(...(await endLease(db, row, deadlines)));
  }
  return { count: locked.size, notices };
}

const expiredLeases = (db: Db, { now }: Deadlines) =>
  db.selectFrom('delivery').where(isDeliveryActive).where('lease_until', '<=', now);

/** An offloaded delivery may have arrived, so its gift must not go to another receiver (P2). Nor does a ticket read many gifts. */
async function endLease(db: Db, row: DeliveryRow, deadlines: Deadlines): Promise<readonly TicketNotice[]> {
  const { id, ticket_id, handed_over } = row;
  const lapse = handed_over === 1 ? 'final' : ticket_id !== null && (await lapseOf(db, ticket_id, row, deadlines));
  if (lapse === 'final') return (await completeOpen(db, [row], deadlines)).get(id) ?? [];
  await db.updateTable('delivery').set({ state: 'lapsed', purge_at: deadlines.purgeAt }).where('id', '=', id).execute();
  const reopened = ticket_id !== null && lapse ? [await reopenTicket(db, ticket_id, lapse)] : [];
  const gift = await lockGift(db, row.gift_id);
  await applyChanges(db, gift.pool_id, released(row));
  return [...reopened, ...(await enterPool(db, gift, secondHold(row, deadlines)))];
}

async function poolsOf(db: Db, over: readonly Pick<DeliveryRow, 'gift_id'>[]): Promise<readonly number[]> {
  if (over.length === 0) return [];
  const ids = over.map(({ gift_id }) => gift_id);
  const gifts = await db.selectFrom('gift').select('pool_id').where('id', 'in', ids).execute();
  return gifts.map(({ pool_id }) => pool_id);
}

/** Locks tickets before their deliveries, as a draw does, and skips those that another transaction has locked. */
async function lockIdle(
  db: Db,
  over: readonly Pick<DeliveryRow, 'id' | 'ticket_id'>[],
  deadlines: Deadlines,
): Promise<ReadonlyMap<number, DeliveryRow>> {
  const tickets = over.flatMap(({ ticket_id }) => ticket_id ?? []);
  const ours = new Set<number | null>([null]);
  if (tickets.length > 0) {
    const free = db.selectFrom('ticket').select('id').where('id', 'in', tickets).orderBy('id');
    for (const { id } of await free.forUpdate().skipLocked().execute()) ours.add(id);
  }
  const ids = over.flatMap(({ id, ticket_id }) => (ours.has(ticket_id) ? [id] : []));
  if (ids.length === 0) return new Map();
  const rows = await expiredLeases(db, deadlines)
    .select(deliveryColumns)
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .skipLocked()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * A server cannot know what a receiver kept (P3). If a byte was sent, or a process crashed meanwhile, the gift may have
 * arrived, and its next receiver may be the second.
 */
function released({ arrived, in_doubt }: DeliveryRow): CounterChanges {
  const mayHaveArrived = arrived !== '[]' || in_doubt === 1;
  const gone = counterChange('released_total', 1);
  return mayHaveArrived ? mergeChanges(gone, counterChange('redelivered_total', 1)) : gone;
}
