import { Problem, type ProblemFacts } from '../../contract/problems/problem.ts';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { heldGift } from '../matching/delivery-rows.ts';
import { enterPool } from '../matching/enter-pool.ts';
import { getGift, lockGift, lockPooledGift, updateGiftEnd } from '../matching/gift-rows.ts';
import { owedChanges } from '../matching/owed-kinds.ts';
import { putInSlot, takeFromSlot } from '../matching/slots.ts';
import { assertCanServe, lockTicket } from '../matching/tickets.ts';
import { leaveSeat } from '../rooms/round-rows.ts';
import { isDeliveryClaimed } from '../schema/index-predicates.ts';
import type { Db, GiftRow, TicketRow } from '../schema/tables.ts';
import { applyChanges } from '../stats/counters.ts';
import { bringGift, isReplaced, swapGifts } from '../tiers/swap-gifts.ts';
import type { Deadlines, TicketNotice } from '../types.ts';

/** See `ExchangeLedger.withdraw`. Throws `NeedsIsolation` if tickets wait for the gift that is held for this one. */
export async function withdraw(tx: Tx, hash: string, deadlines: Deadlines): Promise<TicketNotice[]> {
  const { db } = tx;
  const ticket = await lockTicket(db, hash);
  if (ticket.state === 'withdrawn') return [];
  if (ticket.state === 'expired') throw new Problem('ticket-expired');
  if (ticket.state === 'drawn' || ticket.state === 'spent') throw new Problem('draw-made');
  await leaveSeat(db, ticket);
  if (ticket.state === 'ready') await assertCanServe(tx, [ticket.pool_id]);
  const pooled = await lockPooledGift(db, ticket.gift_id);
  if (!pooled) throw new Problem('gift-drawn', reasonGone(await getGift(db, ticket.gift_id)));
  const swapped = pooled.pool_id === ticket.pool_id ? [] : await bringHome(tx, ticket, pooled, deadlines);
  const gift = { ...pooled, pool_id: ticket.pool_id };
  await takeFromSlot(db, gift, 'withdrawn');
  await updateGiftEnd(db, gift, { remove_at: deadlines.now, purge_at: deadlines.purgeAt });
  await db.updateTable('ticket').set({ state: 'withdrawn' }).where('id', '=', ticket.id).execute();
  const notices: TicketNotice[] = [{ ticketId: ticket.id, event: 'withdrawn' }, ...swapped];
  if (ticket.state === 'ready') return [...notices, ...(await releaseHeld(db, ticket.id, deadlines))];
  await applyChanges(db, ticket.pool_id, owedChanges([ticket], -1));
  return notices;
}

/**
 * Pools a gift that was swapped in the tier of its ticket again, so that both leave the same tier (P4). Throws `gift-drawn` if others
 * are owed it by now.
 */
async function bringHome(
  tx: Tx,
  ticket: TicketRow,
  gift: GiftRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  if (!tx.isExclusive) throw new NeedsIsolation('exclusive');
  const swapped = await swapBack(tx.db, ticket, gift, deadlines);
  if (!swapped) throw new Problem('gift-drawn', { reason: 'gift-gone' });
  await putInSlot(tx.db, { ...gift, pool_id: ticket.pool_id });
  return swapped;
}

/** Swaps a gift for the one that is held for its ticket, or for one that the ticket was owed. */
async function swapBack(db: Db, ticket: TicketRow, gift: GiftRow, deadlines: Deadlines) {
  if (ticket.state !== 'ready') return bringGift(db, ticket, gift, deadlines);
  const held = await lockGift(db, await heldGift(db, ticket.id));
  return (await isReplaced(db, gift, held)) ? swapGifts(db, gift, held, deadlines) : undefined;
}

function reasonGone({ state }: GiftRow): ProblemFacts {
  return state === 'leased' || state === 'delivered' ? {} : { reason: 'gift-gone' };
}

/** Returns the gift that was held for a ticket to the pool, or holds it for the next waiting ticket. */
export async function releaseHeld(db: Db, ticketId: number, deadlines: Deadlines): Promise<TicketNotice[]> {
  const held = await db
    .updateTable('delivery')
    .set({ state: 'lapsed', purge_at: deadlines.purgeAt })
    .where('ticket_id', '=', ticketId)
    .where(isDeliveryClaimed)
    .returning('gift_id')
    .executeTakeFirstOrThrow();
  return enterPool(db, await lockGift(db, held.gift_id), deadlines);
}
