import { Problem } from '../../contract/problems/problem.ts';
import { lockPooledGift } from '../matching/gift-rows.ts';
import { lockTicket } from '../matching/tickets.ts';
import { assignmentsOf } from '../rooms/round-rows.ts';
import type { Db } from '../schema/tables.ts';

/** See `ExchangeLedger.shorten`. Locks the ticket before the gift, as every verb does. */
export async function shorten(db: Db, hash: string, endsAt: number): Promise<void> {
  const ticket = await lockTicket(db, hash);
  if (ticket.state === 'withdrawn') throw new Problem('ticket-withdrawn');
  if (ticket.state === 'expired') throw new Problem('ticket-expired');
  // The gift of a seat stays for the draw.
  if ((await assignmentsOf(db, [ticket])).size > 0) throw new Problem('gift-drawn', { reason: 'seat-taken' });
  const gift = await lockPooledGift(db, ticket.gift_id);
  if (!gift) throw new Problem('gift-drawn');
  const giftEnd = Math.min(endsAt, gift.expires_at ?? endsAt);
  const ticketEnd = Math.min(endsAt, ticket.expires_at);
  await db.updateTable('gift').set({ expires_at: giftEnd }).where('id', '=', gift.id).execute();
  await db.updateTable('ticket').set({ expires_at: ticketEnd }).where('id', '=', ticket.id).execute();
}
