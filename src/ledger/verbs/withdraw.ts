import { Problem, type ProblemFacts } from '../../contract/problems/problem.ts';
import type { Notice, Terms } from '../ledger.ts';
import type { Table } from '../matching/claim.ts';
import { endGift, enterPool, findGift, findPooledGift, seeGift } from '../matching/gift-rows.ts';
import { unshelve } from '../matching/slots.ts';
import { isAnyWaiting } from '../matching/tickets.ts';
import { isClaim } from '../schema/index-predicates.ts';
import { ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import { count, one } from '../stats/counters.ts';
import { LookAlone } from '../transactions/batch.ts';

/** See `Ledger.withdraw`. Throws `LookAlone` where somebody waits for what is kept for the ticket. */
export async function withdraw(
  db: Db,
  hash: string,
  terms: Terms,
  { isAlone }: Pick<Table, 'isAlone'>,
): Promise<Notice[]> {
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
  if (mayFree && (await isAnyWaiting(db, ticket.pool_id))) throw new LookAlone();
  const gift = await findPooledGift(db, ticket.gift_id);
  if (!gift) throw new Problem('gift-drawn', whyGone(await seeGift(db, ticket.gift_id)));
  await unshelve(db, gift, 'withdrawn');
  await endGift(db, gift, { remove_at: terms.now, purge_at: terms.purgeAt });
  await db.updateTable('ticket').set({ state: 'withdrawn' }).where('id', '=', ticket.id).execute();
  const notices: Notice[] = [{ ticketId: ticket.id, event: 'withdrawn' }];
  if (ticket.state === 'ready') return [...notices, ...(await letGo(db, ticket.id, terms))];
  await count(db, ticket.pool_id, one('open_tickets', -1));
  return notices;
}

function whyGone({ state }: GiftRow): ProblemFacts {
  return state === 'leased' || state === 'delivered' ? {} : { reason: 'gift-gone' };
}

/** What was held for a ticket goes to whoever is next. */
async function letGo(db: Db, ticketId: number, terms: Terms): Promise<Notice[]> {
  const held = await db
    .updateTable('delivery')
    .set({ state: 'lapsed', purge_at: terms.purgeAt })
    .where('ticket_id', '=', ticketId)
    .where(isClaim)
    .returning('gift_id')
    .executeTakeFirstOrThrow();
  return enterPool(db, await findGift(db, held.gift_id), terms);
}
