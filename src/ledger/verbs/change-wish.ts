/** Tickets that change their mind about the kinds they draw. */
import type { FileKind } from '../../contract/vocabulary.ts';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { getGift, lockPooledGift } from '../matching/gift-rows.ts';
import { isKindSpare, markOwed, owedChanges, wishOf } from '../matching/owed-kinds.ts';
import { changeSlot } from '../matching/slots.ts';
import { reopenTicket } from '../matching/tickets.ts';
import { ticketColumns } from '../schema/row-mapping.ts';
import type { Db, TicketRow } from '../schema/tables.ts';
import { applyChanges, mergeChanges } from '../stats/counters.ts';
import type { Outcome } from '../transactions/batch.ts';
import type { Deadlines, TicketNotice, Wish } from '../types.ts';
import { releaseHeld } from './withdraw.ts';

/** A ticket with its new wish, and what other tickets got from the gift that was held for it. */
interface WishedTicket {
  readonly ticket: TicketRow;
  readonly notices: readonly TicketNotice[];
}

/**
 * Sets the wish of a ticket before it draws, and answers the ticket as it is then; one that has drawn stays as it is. A waiting
 * ticket is open again, and a held gift of another kind returns, both in an exclusive transaction.
 *
 * The wish alone makes the ticket owed nothing: the pool may have none left. `backWish` decides that if the ticket has to wait.
 */
export async function applyWish(
  tx: Tx,
  ticket: TicketRow,
  wish: Wish,
  deadlines: Deadlines,
): Promise<Outcome<WishedTicket>> {
  const { db } = tx;
  const kinds = wish === 'like-given' ? [(await getGift(db, ticket.gift_id)).kind] : wish;
  const text = kinds === null ? null : JSON.stringify(kinds);
  const unchanged = { value: { ticket, notices: [] } };
  const isOver = ticket.state !== 'ready' && ticket.expires_at <= deadlines.now;
  if (text === ticket.wish || isOver) return unchanged;
  switch (ticket.state) {
    case 'open':
      return { value: { ticket: await saveWish(db, ticket, text, kinds), notices: [] } };
    case 'waiting':
      if (!tx.isExclusive) return { error: new NeedsIsolation('exclusive') };
      return { value: { ticket: { ...(await saveWish(db, ticket, text, kinds)), state: 'open' }, notices: [] } };
    case 'ready':
      if (await isHeldKindIn(db, ticket, kinds)) return unchanged;
      if (!tx.isExclusive) return { error: new NeedsIsolation('exclusive') };
      await reopenTicket(db, ticket.id);
      await saveWish(db, { ...ticket, state: 'open' }, text, kinds);
      return {
        value: { notices: await releaseHeld(db, ticket.id, deadlines), ticket: await readTicket(db, ticket.id) },
      };
    default:
      return unchanged;
  }
}

/** Without a ticket that is owed the kind, its owed gift is free for others; `serve-overlooked.ts` offers it to them. */
async function saveWish(
  db: Db,
  ticket: TicketRow,
  wish: string | null,
  kinds: readonly FileKind[] | null,
): Promise<TicketRow> {
  const isStillOwed = ticket.owed_kind !== null && kinds?.includes(ticket.owed_kind);
  const owed_kind = isStillOwed ? ticket.owed_kind : null;
  await db.updateTable('ticket').set({ wish }).where('id', '=', ticket.id).execute();
  await owe(db, ticket, owed_kind);
  return { ...ticket, wish, owed_kind };
}

/** Sets the kind that an open or waiting ticket is owed. */
async function owe(db: Db, ticket: TicketRow, owed_kind: FileKind | null): Promise<void> {
  await db.updateTable('ticket').set({ owed_kind }).where('id', '=', ticket.id).execute();
  await applyChanges(db, ticket.pool_id, mergeChanges(owedChanges([ticket], -1), owedChanges([{ owed_kind }], 1)));
}

/**
 * Lets a ticket that begins to wait be owed the kind of its own gift, if its wish came later and one is spare. Needs an exclusive
 * transaction; a draw that read the pool before cannot take the gift, which is in another slot then.
 */
export async function backWish(db: Db, ticket: TicketRow): Promise<void> {
  const wished = wishOf(ticket);
  if (ticket.owed_kind !== null || wished === null) return;
  const own = await lockPooledGift(db, ticket.gift_id);
  if (own?.pool_id !== ticket.pool_id || !wished.includes(own.kind)) return;
  if (!(await isKindSpare(db, own.pool_id, own.kind))) return;
  await changeSlot(db, own);
  await markOwed(db, own.pool_id, [own.kind]);
  await owe(db, ticket, own.kind);
}

async function isHeldKindIn(db: Db, ticket: TicketRow, kinds: readonly FileKind[] | null): Promise<boolean> {
  if (kinds === null) return true;
  const held = await db
    .selectFrom('delivery')
    .innerJoin('gift', 'gift.id', 'delivery.gift_id')
    .select('gift.kind')
    .where('delivery.ticket_id', '=', ticket.id)
    .where('delivery.state', '=', 'held')
    .executeTakeFirst();
  return held !== undefined && kinds.includes(held.kind);
}

const readTicket = (db: Db, id: number): Promise<TicketRow> =>
  db.selectFrom('ticket').select(ticketColumns).where('id', '=', id).executeTakeFirstOrThrow();
