import { Problem, type ProblemFacts } from '../../contract/problems/problem.ts';
import type { Deadlines, TicketNotice } from '../ledger.ts';
import type { Table } from '../matching/claim.ts';
import {
  enterPool,
  getGift,
  lockGift,
  lockPooledGift,
  updateGiftEnd,
} from '../matching/gift-rows.ts';
import { takeFromSlot } from '../matching/slots.ts';
import { hasWaitingTickets } from '../matching/tickets.ts';
import { isDeliveryClaimed } from '../schema/index-predicates.ts';
import { ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import { NeedsExclusive } from '../transactions/batch.ts';

/** See `Ledger.withdraw`. Throws `LookAlone` where somebody waits for what is kept for the ticket. */
export async function withdraw(
  db: Db,
  hash: string,
  deadlines: Deadlines,
  { isAlone }: Pick<Table, 'isAlone'>,
): Promise<TicketNotice[]> {
  const ticket = await db
    .selectFrom('ticket')
    .select(ticketColumns)
    .where('hash', '=', hash)
    .forUpdate()
    .executeTakeFirst();
  if (!ticket) throw new Problem('ticket-unknown');
  if (ticket.state === 'withdrawn') return [];
  if (ticket.state === 'expired') throw new Problem('ticket-expired');
  if (ticket.state === 'drawn' || ticket.state === 'spent') throw new Problem('draw-made');
  const mayFree = ticket.state === 'ready' && !isAlone;
  if (mayFree && (await hasWaitingTickets(db, ticket.pool_id))) throw new NeedsExclusive();
  const gift = await lockPooledGift(db, ticket.gift_id);
  if (!gift) throw new Problem('gift-drawn', whyGone(await getGift(db, ticket.gift_id)));
  await takeFromSlot(db, gift, 'withdrawn');
  await updateGiftEnd(db, gift, { remove_at: deadlines.now, purge_at: deadlines.purgeAt });
  await db.updateTable('ticket').set({ state: 'withdrawn' }).where('id', '=', ticket.id).execute();
  const notices: TicketNotice[] = [{ ticketId: ticket.id, event: 'withdrawn' }];
  if (ticket.state === 'ready') return [...notices, ...(await letGo(db, ticket.id, deadlines))];
  await applyChanges(db, ticket.pool_id, counterChange('open_tickets', -1));
  return notices;
}

function whyGone({ state }: GiftRow): ProblemFacts {
  return state === 'leased' || state === 'delivered' ? {} : { reason: 'gift-gone' };
}

/** What was held for a ticket goes to whoever is next. */
async function letGo(db: Db, ticketId: number, deadlines: Deadlines): Promise<TicketNotice[]> {
  const held = await db
    .updateTable('delivery')
    .set({ state: 'lapsed', purge_at: deadlines.purgeAt })
    .where('ticket_id', '=', ticketId)
    .where(isDeliveryClaimed)
    .returning('gift_id')
    .executeTakeFirstOrThrow();
  return enterPool(db, await lockGift(db, held.gift_id), deadlines);
}
