/** Draws: the claim of one gift for one receiver, in one transaction that commits before the first byte moves (R3). */
import { Problem } from '../contract/problems.ts';
import { deliveryOfTicket, readDelivery } from './deliveries.ts';
import { hasFreeGift } from './gifts.ts';
import type { Drawn, FreeDraw, Terms, TicketDraw } from './ledger.ts';
import { count, findPool } from './pools.ts';
import { type Own, pick, type Random, unshelve } from './shelves.ts';
import { isClaim } from './states.ts';
import type { Db, GiftRow, TicketRow } from './tables.ts';

/** See `Ledger.drawForTicket`. */
export async function drawForTicket(
  db: Db,
  draw: TicketDraw,
  terms: Terms,
  random: Random,
): Promise<Drawn> {
  const ticket = await db
    .selectFrom('ticket')
    .selectAll()
    .where('hash', '=', draw.ticketHash)
    .executeTakeFirst();
  if (!ticket) throw new Problem('ticket-unknown');
  switch (ticket.state) {
    case 'withdrawn':
      throw new Problem('ticket-withdrawn');
    case 'expired':
      throw new Problem('ticket-expired');
    case 'spent':
    case 'drawn':
      return sameAgain(db, ticket);
    case 'ready':
      return fetchHeld(db, ticket, draw, terms);
    case 'waiting':
      // Whatever enters the pool is offered to waiting tickets first, so nothing that is there is for this one.
      return { outcome: 'waiting', ticketId: ticket.id };
    case 'open':
      return firstDraw(db, ticket, draw, terms, random);
  }
}

async function firstDraw(
  db: Db,
  ticket: TicketRow,
  draw: TicketDraw,
  terms: Terms,
  random: Random,
): Promise<Drawn> {
  if (ticket.expires_at <= terms.now) throw new Problem('ticket-expired');
  const pool = await db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', ticket.pool_id)
    .executeTakeFirstOrThrow();
  const gift = await pick(db, pool, ticket, random);
  if (!gift) {
    await db.updateTable('ticket').set({ state: 'waiting' }).where('id', '=', ticket.id).execute();
    return { outcome: 'waiting', ticketId: ticket.id };
  }
  await db.updateTable('ticket').set({ state: 'drawn' }).where('id', '=', ticket.id).execute();
  await count(db, pool.id, 'open_tickets', -1);
  return lease(db, gift, { ...draw, ticketId: ticket.id }, terms);
}

/** The same ticket asked again answers the same delivery, for as long as its bytes are there. */
async function sameAgain(db: Db, ticket: TicketRow): Promise<Drawn> {
  const delivery = await deliveryOfTicket(db, ticket.id);
  if (!delivery?.readable) throw new Problem('ticket-spent');
  return { outcome: 'drawn', delivery };
}

/** The bearer of a waiting ticket comes for what was held: the lease begins now. */
async function fetchHeld(
  db: Db,
  ticket: TicketRow,
  draw: TicketDraw,
  terms: Terms,
): Promise<Drawn> {
  const { id } = await db
    .updateTable('delivery')
    .set({
      state: 'open',
      secret_hash: draw.secretHash,
      nonce: draw.nonce,
      lease_until: terms.leaseUntil,
    })
    .where('ticket_id', '=', ticket.id)
    .where(isClaim)
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('ticket').set({ state: 'drawn' }).where('id', '=', ticket.id).execute();
  return { outcome: 'drawn', delivery: await readDelivery(db, id) };
}

/** See `Ledger.drawFree`. */
export async function drawFree(
  db: Db,
  draw: FreeDraw,
  terms: Terms,
  random: Random,
): Promise<Drawn> {
  const pool = await findPool(db, draw.pool);
  const empty: Drawn = { outcome: 'empty', ticketId: null };
  if (!(await hasFreeGift(db, pool.id))) return empty;
  const own: Own | null = draw.giver === null ? null : { giver: draw.giver, sha256: null };
  const gift = await pick(db, pool, own, random);
  return gift ? lease(db, gift, { ...draw, ticketId: null, nonce: null }, terms) : empty;
}

interface Receiver {
  readonly ticketId: number | null;
  readonly nonce: string | null;
  readonly secretHash: string;
}

async function lease(db: Db, gift: GiftRow, receiver: Receiver, terms: Terms): Promise<Drawn> {
  await unshelve(db, gift, 'leased');
  const { id } = await db
    .insertInto('delivery')
    .values({
      gift_id: gift.id,
      ticket_id: receiver.ticketId,
      state: 'open',
      secret_hash: receiver.secretHash,
      nonce: receiver.nonce,
      lease_until: terms.leaseUntil,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { outcome: 'drawn', delivery: await readDelivery(db, id) };
}
