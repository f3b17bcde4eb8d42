/** Draws: the claim of one gift for one receiver, in one transaction that commits before the first byte moves (R3). */

import { Problem } from '../../contract/problems/problem.ts';
import type { Deadlines, DeliveryFacts, DrawResult, FreeDraw, TicketDraw } from '../ledger.ts';
import { claimForEach, type DrawRequest, type Table } from '../matching/claim.ts';
import { isDeliveryClaimed } from '../schema/index-predicates.ts';
import { poolColumns, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, PoolRow, TicketRow } from '../schema/tables.ts';
import { findPool, readBacking } from '../stats/counters.ts';
import { NeedsExclusive, type Outcome, toOutcome } from '../transactions/batch.ts';
import { deliveryOfTicket, readDelivery } from './deliver.ts';

/** One draw with a ticket, as it is asked for. */
export interface TicketDrawRequest {
  readonly draw: TicketDraw;
  readonly deadlines: Deadlines;
}

/** See `Ledger.drawForTicket`: many at once, each as if it came by itself. */
export async function drawForTickets(
  db: Db,
  asked: readonly TicketDrawRequest[],
  table: Table,
): Promise<Outcome<DrawResult>[]> {
  const tickets = await lockTickets(db, asked);
  const outcomes = new Map<string, Outcome<DrawResult>>();
  const first: (TicketDrawRequest & { readonly ticket: TicketRow })[] = [];
  for (const { draw, deadlines } of asked) {
    const ticket = tickets.get(draw.ticketHash);
    if (outcomes.has(draw.ticketHash) || first.some((one) => one.ticket === ticket)) continue;
    if (ticket?.state === 'open' && ticket.expires_at > deadlines.now)
      first.push({ ticket, draw, deadlines });
    else outcomes.set(draw.ticketHash, await toOutcome(answerFor(db, ticket, draw, deadlines)));
  }
  for (const { draw, outcome } of await firstDraws(db, first, table)) {
    outcomes.set(draw.ticketHash, outcome);
  }
  return asked.map(({ draw }) => outcomes.get(draw.ticketHash) as Outcome<DrawResult>);
}

/**
 * In one order, so that no two transactions wait for each other. Those in line are only looked at: whoever serves them does so
 * alone, and takes them in the order of the gifts that come.
 */
async function lockTickets(
  db: Db,
  asked: readonly TicketDrawRequest[],
): Promise<ReadonlyMap<string, TicketRow>> {
  const found = new Map<string, TicketRow>();
  let left = [...new Set(asked.map(({ draw }) => draw.ticketHash))];
  while (left.length > 0) {
    const locked = await ticketsOf(db, left)
      .where('state', '!=', 'waiting')
      .orderBy('id')
      .forUpdate()
      .execute();
    for (const ticket of locked) found.set(ticket.hash, ticket);
    left = left.filter((hash) => !found.has(hash));
    if (left.length === 0) break;
    const seen = await ticketsOf(db, left).execute();
    for (const ticket of seen) if (ticket.state === 'waiting') found.set(ticket.hash, ticket);
    // Some may have been served between the two questions.
    left = seen.flatMap(({ hash }) => (found.has(hash) ? [] : [hash]));
  }
  return found;
}

const ticketsOf = (db: Db, hashes: readonly string[]) =>
  db.selectFrom('ticket').select(ticketColumns).where('hash', 'in', hashes);

/** What a ticket is answered that has had its first draw, or will have none. */
async function answerFor(
  db: Db,
  ticket: TicketRow | undefined,
  draw: TicketDraw,
  deadlines: Deadlines,
): Promise<DrawResult> {
  if (!ticket) throw new Problem('ticket-unknown');
  switch (ticket.state) {
    case 'withdrawn':
      throw new Problem('ticket-withdrawn');
    case 'open':
    case 'expired':
      throw new Problem('ticket-expired');
    case 'spent':
    case 'drawn':
      return sameAgain(db, ticket);
    case 'ready':
      return fetchHeld(db, ticket, draw, deadlines);
    case 'waiting':
      // Whatever enters the pool is offered to waiting tickets first, so nothing that is there is for this one.
      return { outcome: 'waiting', ticketId: ticket.id };
  }
}

type FirstDraw = TicketDrawRequest & { readonly ticket: TicketRow };

async function firstDraws(db: Db, asked: readonly FirstDraw[], table: Table) {
  const done: (FirstDraw & { readonly outcome: Outcome<DrawResult> })[] = [];
  for (const [poolId, ofPool] of Map.groupBy(asked, ({ ticket }) => ticket.pool_id)) {
    const deliveries = await claimForEach(
      db,
      await readPool(db, poolId),
      ofPool.map(drawerOf),
      table,
    );
    const none = ofPool.filter((_asked, index) => deliveries[index] === undefined);
    if (table.isAlone) await wait(db, none);
    ofPool.forEach((one, index) => {
      const delivery = deliveries[index];
      const outcome: Outcome<DrawResult> = delivery
        ? { value: { outcome: 'drawn', delivery } }
        : notFound(one.ticket, table);
      done.push({ ...one, outcome });
    });
  }
  return done;
}

const notFound = ({ id }: TicketRow, { isAlone }: Table): Outcome<DrawResult> =>
  isAlone ? { value: { outcome: 'waiting', ticketId: id } } : { error: new NeedsExclusive() };

const drawerOf = ({ ticket, draw, deadlines }: FirstDraw): DrawRequest => ({
  exclusions: ticket,
  ticketId: ticket.id,
  nonce: draw.nonce,
  secretHash: draw.secretHash,
  deadlines,
});

const readPool = (db: Db, id: number): Promise<PoolRow> =>
  db.selectFrom('pool').select(poolColumns).where('id', '=', id).executeTakeFirstOrThrow();

/** They stand in line from now on. */
async function wait(db: Db, none: readonly FirstDraw[]): Promise<void> {
  if (none.length === 0) return;
  const ids = none.map(({ ticket }) => ticket.id);
  await db.updateTable('ticket').set({ state: 'waiting' }).where('id', 'in', ids).execute();
}

/** The same ticket asked again answers the same delivery, for as long as its bytes are there. */
async function sameAgain(db: Db, ticket: TicketRow): Promise<DrawResult> {
  const delivery = await deliveryOfTicket(db, ticket.id);
  if (!delivery?.readable) throw new Problem('ticket-spent');
  return { outcome: 'drawn', delivery };
}

/** The bearer of a waiting ticket comes for what was held: the lease begins now. */
async function fetchHeld(
  db: Db,
  ticket: TicketRow,
  draw: TicketDraw,
  deadlines: Deadlines,
): Promise<DrawResult> {
  const { id } = await db
    .updateTable('delivery')
    .set({
      state: 'open',
      secret_hash: draw.secretHash,
      nonce: draw.nonce,
      lease_until: deadlines.leaseUntil,
    })
    .where('ticket_id', '=', ticket.id)
    .where(isDeliveryClaimed)
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('ticket').set({ state: 'drawn' }).where('id', '=', ticket.id).execute();
  return { outcome: 'drawn', delivery: await readDelivery(db, id) };
}

/** One draw without a ticket, as it is asked for. */
export interface FreeDrawRequest {
  readonly draw: FreeDraw;
  readonly deadlines: Deadlines;
}

/**
 * See `Ledger.drawFree`: many at once, each as if it came by itself. While more gifts are free than others may be taking at
 * this moment, free draws go on side by side, and none of them takes what a ticket is owed (P4). Closer to the edge they
 * take turns.
 */
export async function drawFreeGifts(
  db: Db,
  asked: readonly FreeDrawRequest[],
  table: Table,
): Promise<Outcome<DrawResult>[]> {
  const outcomes = new Map<FreeDrawRequest, Outcome<DrawResult>>();
  for (const [name, ofPool] of Map.groupBy(asked, ({ draw }) => draw.pool)) {
    const found = await toOutcome(freePool(db, name));
    const none = 'error' in found ? found : nothingFree(found.value.free, table);
    for (const one of ofPool) outcomes.set(one, none);
    if ('error' in found) continue;
    for (const [one, delivery] of await takeFree(db, found.value, ofPool, table))
      outcomes.set(one, { value: { outcome: 'drawn', delivery } });
  }
  return asked.map((one) => outcomes.get(one) as Outcome<DrawResult>);
}

/** A pool, and how many of its gifts no ticket is owed. */
interface FreePool {
  readonly pool: PoolRow;
  readonly free: number;
}

async function freePool(db: Db, name: string): Promise<FreePool> {
  const pool = await findPool(db, name);
  const { gifts, owed } = await readBacking(db, pool.id);
  return { pool, free: gifts - owed }; // mutant: owed-gift-taken
}

const nothingFree = (free: number, { isAlone }: Table): Outcome<DrawResult> =>
  isAlone || free <= 0
    ? { value: { outcome: 'empty', ticketId: null } }
    : { error: new NeedsExclusive() };

async function takeFree(
  db: Db,
  { pool, free }: FreePool,
  asked: readonly FreeDrawRequest[],
  table: Table,
): Promise<ReadonlyMap<FreeDrawRequest, DeliveryFacts>> {
  let left = table.isAlone || free <= 0 ? free : free - (await table.atLargeAtMost(db));
  const taken = new Map<FreeDrawRequest, DeliveryFacts>();
  // Whoever finds only gifts of their own leaves what is free to those behind them.
  for (let next = 0; next < asked.length && left > 0; ) {
    const some = asked.slice(next, next + left);
    const deliveries = await claimForEach(db, pool, some.map(freeDrawerOf), table);
    some.forEach((one, index) => {
      const delivery = deliveries[index];
      if (!delivery) return;
      taken.set(one, delivery);
      left -= 1;
    });
    next += some.length;
  }
  return taken;
}

const freeDrawerOf = ({
  draw: { giver, secretHash },
  deadlines,
}: FreeDrawRequest): DrawRequest => ({
  exclusions: giver === null ? null : { giver, sha256: null },
  ticketId: null,
  nonce: null,
  secretHash,
  deadlines,
});
