/**
 * Gifts of the other tier for a ticket whose own holds nothing: those of neighbours, and after an hour free ones. `docs/internals/matching.md` has the reasons.
 */
import type { Random, Tx } from '../engine/isolation.ts';
import { holdFor } from '../matching/enter-pool.ts';
import { getGift } from '../matching/gift-rows.ts';
import { countAllowance, demandOf, wishOf } from '../matching/owed-kinds.ts';
import { pickForEach } from '../matching/random-pick.ts';
import { putInSlot } from '../matching/slots.ts';
import { waitingFor } from '../matching/tickets.ts';
import { giftColumns, poolColumns, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow, PoolRow, TicketRow } from '../schema/tables.ts';
import { readBacking } from '../stats/counters.ts';
import type { Deadlines, TicketNotice } from '../types.ts';
import { bringGift } from './swap-gifts.ts';

/** How long a ticket of the main tier has existed before it may have a gift of the overflow tier, in milliseconds. */
const overflowAfter = 3_600_000;

/** The other tier of the pool of a tier; undefined for a pool without tiers. */
const otherTierOf = (db: Db, poolId: number): Promise<PoolRow | undefined> =>
  db
    .selectFrom('pool')
    .select(poolColumns)
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('overflow_of', '=', poolId),
        eb('id', '=', selectFrom('pool as tier').select('tier.overflow_of').where('tier.id', '=', poolId)),
      ]),
    )
    .executeTakeFirst();

/**
 * Pools a gift of the other tier in that of a ticket, which then draws it; undefined if there is none. Needs an exclusive transaction
 * that found nothing for the ticket in its own tier.
 */
export async function bringForTicket(
  tx: Tx,
  ticket: TicketRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[] | undefined> {
  const { db } = tx;
  const other = await otherTierOf(db, ticket.pool_id);
  if (!other) return undefined;
  const candidates = [
    ...shuffled(await giftsNearby(db, ticket, other), tx.random),
    ...(await freeOverflow(tx, ticket, other, deadlines)),
  ];
  for (const gift of candidates) {
    const notices = await bringGift(db, ticket, gift, deadlines);
    if (!notices) continue;
    await putInSlot(db, { ...gift, pool_id: ticket.pool_id });
    return notices;
  }
  return undefined;
}

/** How many gifts of each half of the givers at an address are read. */
const maxNearby = 16;

/** Pooled gifts of other givers from the address of a ticket, on its day. */
async function giftsNearby(db: Db, ticket: TicketRow, other: PoolRow): Promise<GiftRow[]> {
  if (ticket.address === null) return [];
  const kinds = wishOf(ticket);
  const found: GiftRow[] = [];
  // Two ranges of the index by address and giver skip the gifts of the ticket's own giver.
  for (const side of ['<', '>'] as const) {
    const gifts = await db
      .selectFrom('gift')
      .select(giftColumns)
      .where('address', '=', ticket.address)
      .where('giver', side, ticket.giver)
      .where('pool_id', '=', other.id)
      .where('slot', 'is not', null)
      .where('sha256', '!=', ticket.sha256)
      .$if(kinds !== null, (query) => query.where('kind', 'in', kinds ?? []))
      .limit(maxNearby)
      .execute();
    found.push(...gifts);
  }
  return found;
}

/** Fisher–Yates. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const at = random(last + 1);
    [mixed[last], mixed[at]] = [mixed[at] as T, mixed[last] as T];
  }
  return mixed;
}

/** True for a ticket that may have free gifts of the overflow tier. Never the other way round. */
const mayHaveOverflow = ({ created_at }: TicketRow, other: PoolRow, now: number): boolean =>
  other.overflow_of !== null && created_at <= now - overflowAfter;

/** True if a waiting ticket may have a gift of the other tier now, read without a lock. */
export async function mayHaveOther(tx: Tx, ticket: TicketRow, deadlines: Pick<Deadlines, 'now'>): Promise<boolean> {
  if (ticket.created_at > deadlines.now - overflowAfter) return false;
  const other = await otherTierOf(tx.db, ticket.pool_id);
  return other !== undefined && (await freeOverflow(tx, ticket, other, deadlines)).length > 0;
}

/** A random free gift of the overflow tier for a ticket that may have one. */
async function freeOverflow(
  tx: Tx,
  ticket: TicketRow,
  other: PoolRow,
  { now }: Pick<Deadlines, 'now'>,
): Promise<readonly GiftRow[]> {
  if (!mayHaveOverflow(ticket, other, now)) return [];
  const request = { exclusions: ticket, ...demandOf(ticket), owedKind: null };
  const counting = { ...tx, canTakeFree: true, canTakeLastFree: true };
  const { allowance } = await countAllowance(counting, other, [request]);
  const { gifts, owed } = await readBacking(tx.db, other.id);
  if (gifts <= owed) return [];
  const [gift] = await pickForEach(tx.db, other, [request], tx.random, undefined, allowance);
  return gift ? [await getGift(tx.db, gift.id)] : [];
}

/**
 * Holds an entering gift for the oldest ticket of a neighbour that waits in the other tier; undefined without one. Needs an exclusive transaction.
 */
export async function holdForNeighbour(
  db: Db,
  gift: GiftRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[] | undefined> {
  const other = gift.address === null ? undefined : await otherTierOf(db, gift.pool_id);
  if (!other) return undefined;
  const ticket = await waitingFor(db, { ...gift, pool_id: other.id })
    .where('address', '=', gift.address)
    .select(ticketColumns)
    .executeTakeFirst();
  if (!ticket) return undefined;
  const notices = await bringGift(db, ticket, gift, deadlines);
  return notices && [...(await holdFor(db, { ...gift, pool_id: other.id }, ticket, deadlines)), ...notices];
}
