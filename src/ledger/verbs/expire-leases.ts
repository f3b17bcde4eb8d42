/** Lapses: leases that run out, and what was held too long. */

import type { Deadlines, SweepResult, TicketNotice } from '../ledger.ts';
import type { Table } from '../matching/claim.ts';
import { enterPool, lockGift } from '../matching/gift-rows.ts';
import { hasWaitingTickets, reopenTicket } from '../matching/tickets.ts';
import { isDeliveryActive } from '../schema/index-predicates.ts';
import { deliveryColumns } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow } from '../schema/tables.ts';
import {
  applyChanges,
  type CounterChanges,
  counterChange,
  mergeChanges,
} from '../stats/counters.ts';
import { NeedsExclusive } from '../transactions/batch.ts';
import { concludeOne } from './deliver.ts';

/** See `Ledger.lapse`. What somebody else is just changing is left for the next time. Throws `LookAlone` where somebody waits. */
export async function expireLeases(
  db: Db,
  deadlines: Deadlines,
  limit: number,
  { isAlone }: Pick<Table, 'isAlone'>,
): Promise<SweepResult> {
  const over = await lapsing(db, deadlines)
    .select(['id', 'gift_id', 'ticket_id'])
    .orderBy('lease_until')
    .orderBy('id')
    .limit(limit)
    .execute();
  if (!isAlone && (await isAnyInLineFor(db, over))) throw new NeedsExclusive();
  const locked = await lockAtRest(db, over, deadlines);
  const notices: TicketNotice[] = [];
  for (const { id } of over) {
    const row = locked.get(id);
    if (!row) continue;
    // What was handed over may have arrived, so nobody else may get it (P2).
    const end = row.handed_over === 1 ? concludeOne : returnToPool;
    notices.push(...(await end(db, row, deadlines)));
  }
  return { count: locked.size, notices };
}

const lapsing = (db: Db, { now }: Deadlines) =>
  db.selectFrom('delivery').where(isDeliveryActive).where('lease_until', '<=', now);

/** Whether somebody waits where these gifts come back to. */
async function isAnyInLineFor(
  db: Db,
  over: readonly Pick<DeliveryRow, 'gift_id'>[],
): Promise<boolean> {
  if (over.length === 0) return false;
  const ids = over.map(({ gift_id }) => gift_id);
  const gifts = await db.selectFrom('gift').select('pool_id').where('id', 'in', ids).execute();
  for (const poolId of new Set(gifts.map(({ pool_id }) => pool_id)))
    if (await hasWaitingTickets(db, poolId)) return true;
  return false;
}

/** Takes tickets before deliveries, as a draw does, and waits for neither. */
async function lockAtRest(
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
  const rows = await lapsing(db, deadlines)
    .select(deliveryColumns)
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .skipLocked()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Ends a delivery that came to nothing: its ticket is good again, its gift back in the pool. */
async function returnToPool(
  db: Db,
  row: DeliveryRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  await db
    .updateTable('delivery')
    .set({ state: 'lapsed', purge_at: deadlines.purgeAt })
    .where('id', '=', row.id)
    .execute();
  const reopened = row.ticket_id === null ? [] : [await reopenTicket(db, row.ticket_id)];
  const gift = await lockGift(db, row.gift_id);
  await applyChanges(db, gift.pool_id, released(row));
  return [...reopened, ...(await enterPool(db, gift, deadlines))];
}

/**
 * What a receiver kept nobody knows (P3). Where no byte is known to have left, and nobody may have died before saying so, the
 * gift is surely whole and nobody's; else it may have arrived all the same, and its next receiver is perhaps the second.
 */
function released({ arrived, in_doubt }: DeliveryRow): CounterChanges {
  const mayHaveArrived = arrived !== '[]' || in_doubt === 1;
  const gone = counterChange('released_total', 1);
  return mayHaveArrived ? mergeChanges(gone, counterChange('redelivered_total', 1)) : gone;
}
