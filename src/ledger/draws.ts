/** Draws: the claim of one gift for one receiver, in one transaction that commits before the first byte moves (R3). */

import { Problem } from '../contract/problems.ts';
import { claimMany, type Drawer, type Table } from './claims.ts';
import { poolColumns, ticketColumns } from './columns.ts';
import { findPool, readBacking } from './counters.ts';
import { deliveryOfTicket, readDelivery } from './deliveries.ts';
import { type Outcome, settled } from './lane.ts';
import type { Drawn, FreeDraw, Terms, TicketDraw } from './ledger.ts';
import { isClaim } from './states.ts';
import type { Db, PoolRow, TicketRow } from './tables.ts';

/** One draw with a ticket, as it is asked for. */
export interface AskedDraw {
  readonly draw: TicketDraw;
  readonly terms: Terms;
}

/** Nothing was found, or it is too close to say: it is to be asked again alone. */
export class LookAlone extends Error {
  override readonly name = 'LookAlone';
}

/** See `Ledger.drawForTicket`: many at once, each as if it came by itself. */
export async function drawForTickets(
  db: Db,
  asked: readonly AskedDraw[],
  table: Table,
): Promise<Outcome<Drawn>[]> {
  const tickets = await lockTickets(db, asked);
  const outcomes = new Map<string, Outcome<Drawn>>();
  const first: (AskedDraw & { readonly ticket: TicketRow })[] = [];
  for (const { draw, terms } of asked) {
    const ticket = tickets.get(draw.ticketHash);
    if (outcomes.has(draw.ticketHash) || first.some((one) => one.ticket === ticket)) continue;
    if (ticket?.state === 'open' && ticket.expires_at > terms.now)
      first.push({ ticket, draw, terms });
    else outcomes.set(draw.ticketHash, await settled(answerFor(db, ticket, draw, terms)));
  }
  for (const { draw, outcome } of await firstDraws(db, first, table)) {
    outcomes.set(draw.ticketHash, outcome);
  }
  return asked.map(({ draw }) => outcomes.get(draw.ticketHash) as Outcome<Drawn>);
}

/** In one order, so that no two transactions wait for each other. */
async function lockTickets(
  db: Db,
  asked: readonly AskedDraw[],
): Promise<ReadonlyMap<string, TicketRow>> {
  const rows = await db
    .selectFrom('ticket')
    .select(ticketColumns)
    .where('hash', 'in', [...new Set(asked.map(({ draw }) => draw.ticketHash))])
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.hash, row]));
}

/** What a ticket is answered that has had its first draw, or will have none. */
async function answerFor(
  db: Db,
  ticket: TicketRow | undefined,
  draw: TicketDraw,
  terms: Terms,
): Promise<Drawn> {
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
      return fetchHeld(db, ticket, draw, terms);
    case 'waiting':
      // Whatever enters the pool is offered to waiting tickets first, so nothing that is there is for this one.
      return { outcome: 'waiting', ticketId: ticket.id };
  }
}

type FirstDraw = AskedDraw & { readonly ticket: TicketRow };

async function firstDraws(db: Db, asked: readonly FirstDraw[], table: Table) {
  const done: (FirstDraw & { readonly outcome: Outcome<Drawn> })[] = [];
  for (const [poolId, ofPool] of Map.groupBy(asked, ({ ticket }) => ticket.pool_id)) {
    const deliveries = await claimMany(db, await readPool(db, poolId), ofPool.map(drawerOf), table);
    const none = ofPool.filter((_asked, index) => deliveries[index] === undefined);
    if (table.isAlone) await wait(db, none);
    ofPool.forEach((one, index) => {
      const delivery = deliveries[index];
      const outcome: Outcome<Drawn> = delivery
        ? { value: { outcome: 'drawn', delivery } }
        : notFound(one.ticket, table);
      done.push({ ...one, outcome });
    });
  }
  return done;
}

const notFound = ({ id }: TicketRow, { isAlone }: Table): Outcome<Drawn> =>
  isAlone ? { value: { outcome: 'waiting', ticketId: id } } : { error: new LookAlone() };

const drawerOf = ({ ticket, draw, terms }: FirstDraw): Drawer => ({
  own: ticket,
  ticketId: ticket.id,
  nonce: draw.nonce,
  secretHash: draw.secretHash,
  terms,
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

/**
 * See `Ledger.drawFree`. While more gifts are free than others may be taking at this moment, free draws go on side by side, and
 * none of them takes what a ticket is owed (P4). Closer to the edge they take turns.
 */
export async function drawFree(db: Db, draw: FreeDraw, terms: Terms, table: Table): Promise<Drawn> {
  const pool = await findPool(db, draw.pool);
  const empty: Drawn = { outcome: 'empty', ticketId: null };
  const { gifts, owed } = await readBacking(db, pool.id);
  if (gifts <= owed) return empty;
  if (!table.isAlone && gifts - owed <= (await table.atLargeAtMost(db))) throw new LookAlone();
  const own = draw.giver === null ? null : { giver: draw.giver, sha256: null };
  const drawer: Drawer = { own, ticketId: null, nonce: null, secretHash: draw.secretHash, terms };
  const [delivery] = await claimMany(db, pool, [drawer], table);
  if (delivery) return { outcome: 'drawn', delivery };
  if (table.isAlone) return empty;
  throw new LookAlone();
}
