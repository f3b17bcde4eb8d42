/** Draws: the claim of one gift for one receiver, committed before the first byte is sent (R3). */

import { Problem } from '../../contract/problems/problem.ts';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { claimForEach, type DrawRequest } from '../matching/claim.ts';
import { deliveryOfTicket, heldGift, leaseLimit, readDelivery } from '../matching/delivery-rows.ts';
import { getGift } from '../matching/gift-rows.ts';
import { countAllowance, demandOf } from '../matching/owed-kinds.ts';
import { assignmentsOf } from '../rooms/round-rows.ts';
import { isDeliveryClaimed } from '../schema/index-predicates.ts';
import { poolColumns, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, PoolRow, TicketRow } from '../schema/tables.ts';
import { bringForTicket } from '../tiers/other-tier.ts';
import { type Outcome, toOutcome } from '../transactions/batch.ts';
import type { Deadlines, DrawResult, TicketDraw, TicketNotice } from '../types.ts';
import { applyWish, backWish } from './change-wish.ts';

interface TicketDrawRequest {
  readonly draw: TicketDraw;
  readonly deadlines: Deadlines;
}

type FirstDraw = TicketDrawRequest & {
  readonly ticket: TicketRow;
  /** The gift that a round has assigned to it, the only one that it may have; undefined outside rounds. */
  readonly assigned?: number | undefined;
};

/** See `ExchangeLedger.drawForTicket`: many draws in as many queries as one. */
export async function drawForTickets(tx: Tx, requests: readonly TicketDrawRequest[]): Promise<Outcome<DrawResult>[]> {
  const tickets = await lockTickets(tx.db, requests);
  const assignments = await assignmentsOf(tx.db, [...tickets.values()]);
  const outcomes = new Map<string, Outcome<DrawResult>>();
  const notices = new Map<string, readonly TicketNotice[]>();
  const first: FirstDraw[] = [];
  for (const { draw, deadlines } of requests) {
    const found = tickets.get(draw.ticketHash);
    if (outcomes.has(draw.ticketHash) || first.some((one) => one.draw.ticketHash === draw.ticketHash)) continue;
    const seat = found && assignments.get(found.id);
    if (seat && seat.opensAt !== null && found.state === 'open') {
      outcomes.set(draw.ticketHash, { error: notDrawn(seat.opensAt) });
      continue;
    }
    const wished =
      found && !seat && draw.wish !== undefined ? await applyWish(tx, found, draw.wish, deadlines) : undefined;
    if (wished && 'error' in wished) {
      outcomes.set(draw.ticketHash, wished);
      continue;
    }
    const ticket = wished?.value.ticket ?? found;
    if (wished && wished.value.notices.length > 0) notices.set(draw.ticketHash, wished.value.notices);
    if (ticket && canDraw(ticket, deadlines))
      first.push({ ticket, draw, deadlines, ...(seat && { assigned: seat.gift ?? 0 }) });
    else outcomes.set(draw.ticketHash, await toOutcome(answerFor(tx.db, ticket, draw, deadlines)));
  }
  for (const { draw, outcome } of await firstDraws(tx, first)) outcomes.set(draw.ticketHash, outcome);
  return requests.map(({ draw }) => {
    const outcome = outcomes.get(draw.ticketHash) as Outcome<DrawResult>;
    const served = notices.get(draw.ticketHash);
    if (!served || !('value' in outcome)) return outcome;
    return { value: { ...outcome.value, notices: [...served, ...(outcome.value.notices ?? [])] } };
  });
}

/**
 * Locks tickets in the order of their ids so that two transactions never deadlock. Waiting tickets are only read: the
 * exclusive transaction that serves them locks them in the order of the gifts that enter.
 */
async function lockTickets(db: Db, requests: readonly TicketDrawRequest[]): Promise<ReadonlyMap<string, TicketRow>> {
  const found = new Map<string, TicketRow>();
  let left = [...new Set(requests.map(({ draw }) => draw.ticketHash))];
  while (left.length > 0) {
    const locked = await ticketsOf(db, left).where('state', '!=', 'waiting').orderBy('id').forUpdate().execute();
    for (const ticket of locked) found.set(ticket.hash, ticket);
    left = left.filter((hash) => !found.has(hash));
    if (left.length === 0) break;
    const read = await ticketsOf(db, left).execute();
    for (const ticket of read) if (ticket.state === 'waiting') found.set(ticket.hash, ticket);
    // A ticket may have been served between the two queries.
    left = read.flatMap(({ hash }) => (found.has(hash) ? [] : [hash]));
  }
  return found;
}

const ticketsOf = (db: Db, hashes: readonly string[]) =>
  db.selectFrom('ticket').select(ticketColumns).where('hash', 'in', hashes);

const isUnexpired = ({ state, expires_at }: TicketRow, { now }: Deadlines) => state === 'open' && expires_at > now;

const notDrawn = (opensAt: number) => new Problem('round-not-drawn', { opens_at: new Date(opensAt).toISOString() });

/** In seconds. */
const delayOf = ({ draws_after }: TicketRow, { now }: Deadlines) => Math.ceil(((draws_after ?? now) - now) / 1000);

/** False for a while after several lapses: a gift that returns must not be taken again and again. */
const canDraw = (ticket: TicketRow, deadlines: Deadlines) =>
  isUnexpired(ticket, deadlines) && (ticket.draws_after ?? 0) <= deadlines.now;

/** The answer for a ticket that has drawn before, or cannot draw. */
async function answerFor(
  db: Db,
  ticket: TicketRow | undefined,
  draw: TicketDraw,
  deadlines: Deadlines,
): Promise<DrawResult> {
  if (!ticket) throw new Problem('ticket-unknown');
  switch (ticket.state) {
    case 'withdrawn':
      throw new Problem('ticket-withdrawn', ticket.end_reason === null ? {} : { reason: ticket.end_reason });
    case 'open':
    case 'expired':
      if (isUnexpired(ticket, deadlines)) throw new Problem('draw-delayed', { retryAfter: delayOf(ticket, deadlines) });
      throw new Problem('ticket-expired');
    case 'spent':
    case 'drawn':
      return repeatDraw(db, ticket);
    case 'ready':
      return fetchHeld(db, ticket, draw, deadlines);
    case 'waiting':
      // A gift that enters the pool goes to waiting tickets first, so no pooled gift is for this one.
      return { outcome: 'waiting', ticketId: ticket.id };
  }
}

async function firstDraws(tx: Tx, requests: readonly FirstDraw[]) {
  const done: (FirstDraw & { readonly outcome: Outcome<DrawResult> })[] = [];
  for (const [poolId, ofPool] of Map.groupBy(requests, ({ ticket }) => ticket.pool_id)) {
    const pool = await readPool(tx.db, poolId);
    const { allowance, isolationFor } = await countAllowance(tx, pool, ofPool.map(drawRequestOf));
    const undecided = Map.groupBy(ofPool, (request) => isolationFor(drawRequestOf(request)));
    for (const [isolation, later] of undecided)
      if (isolation) for (const one of later) done.push({ ...one, outcome: { error: new NeedsIsolation(isolation) } });
    const now = undecided.get(undefined) ?? [];
    const deliveries = await claimForEach(tx, pool, now.map(drawRequestOf), allowance);
    for (const [index, request] of now.entries()) {
      const delivery = deliveries[index];
      const outcome: Outcome<DrawResult> = delivery
        ? { value: { outcome: 'drawn', delivery } }
        : await drawFromOtherTier(tx, request);
      done.push({ ...request, outcome });
    }
  }
  return done;
}

/** Draws a gift of the other tier for a ticket that found nothing in its own, or lets it wait. */
async function drawFromOtherTier(tx: Tx, request: FirstDraw): Promise<Outcome<DrawResult>> {
  if (!tx.isExclusive) return { error: new NeedsIsolation('exclusive') };
  const { ticket, deadlines, assigned } = request;
  if (assigned !== undefined) return { error: new Problem('round-gift-gone') };
  const notices = await bringForTicket(tx, ticket, deadlines);
  if (notices) {
    const pool = await readPool(tx.db, ticket.pool_id);
    const draw = drawRequestOf(request);
    const [delivery] = await claimForEach(tx, pool, [draw], (await countAllowance(tx, pool, [draw])).allowance);
    if (delivery) return { value: { outcome: 'drawn', delivery, notices } };
  }
  await backWish(tx.db, ticket);
  await markWaiting(tx.db, { ids: [ticket.id] });
  return { value: { outcome: 'waiting', ticketId: ticket.id, ...(notices && { notices }) } };
}

const drawRequestOf = ({ ticket, draw, deadlines, assigned }: FirstDraw): DrawRequest => ({
  exclusions: ticket,
  ...demandOf(ticket),
  ticketId: ticket.id,
  nonce: draw.nonce,
  secretHash: draw.secretHash,
  lapsedGift: assigned ?? ticket.lapsed_gift,
  isAssigned: assigned !== undefined,
  deadlines,
});

const readPool = (db: Db, id: number): Promise<PoolRow> =>
  db.selectFrom('pool').select(poolColumns).where('id', '=', id).executeTakeFirstOrThrow();

const markWaiting = cachedQuery((db, { ids }: { readonly ids: readonly number[] }) =>
  db.updateTable('ticket').set({ state: 'waiting' }).where('id', 'in', ids),
);

/** The same ticket draws the same delivery again, as long as its bytes are there. */
async function repeatDraw(db: Db, ticket: TicketRow): Promise<DrawResult> {
  const delivery = await deliveryOfTicket(db, ticket.id);
  if (!delivery?.readable) throw new Problem('ticket-spent');
  return { outcome: 'drawn', delivery };
}

/** The bearer of a ticket fetches the gift that is held for it: the lease begins now. */
async function fetchHeld(db: Db, ticket: TicketRow, draw: TicketDraw, deadlines: Deadlines): Promise<DrawResult> {
  const { size } = await getGift(db, await heldGift(db, ticket.id));
  const { id } = await db
    .updateTable('delivery')
    .set({
      state: 'open',
      secret_hash: draw.secretHash,
      nonce: draw.nonce,
      lease_until: deadlines.leaseUntil,
      lease_limit: leaseLimit(deadlines, size),
    })
    .where('ticket_id', '=', ticket.id)
    .where(isDeliveryClaimed)
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('ticket').set({ state: 'drawn' }).where('id', '=', ticket.id).execute();
  return { outcome: 'drawn', delivery: await readDelivery(db, id) };
}
