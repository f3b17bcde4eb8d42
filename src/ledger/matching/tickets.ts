/** The rows of tickets, and their queue. */

import type { Insertable, Updateable } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { FileKind } from '../../contract/vocabulary.ts';
import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import { isTicketWaiting } from '../schema/index-predicates.ts';
import { giftColumns, giftFacts, givenGift, ticketColumns } from '../schema/row-mapping.ts';
import type { Db, GiftRow, TicketRow, TicketTable } from '../schema/tables.ts';
import { applyChanges } from '../stats/counters.ts';
import type { Deadlines, GiveResult, TicketFacts, TicketNotice } from '../types.ts';
import { isKindSpare, markOwed, owedChanges, wishOf } from './owed-kinds.ts';
import { findStatement } from './statements.ts';

type Wanted = Pick<GiftRow, 'pool_id' | 'giver' | 'sha256' | 'kind'>;

type WaitingTicket = Pick<TicketRow, 'id' | 'owed_kind'>;

/**
 * The waiting ticket with the fewest lapses, then the oldest, that may have this gift, which is about to enter the pool. Only valid
 * in an exclusive transaction.
 */
export async function nextWaitingTicket(db: Db, gift: Wanted): Promise<WaitingTicket | undefined> {
  const first = await waitingFor(db, gift).executeTakeFirst();
  if (!first || first.owed_kind === gift.kind || (await isKindSpare(db, gift.pool_id, gift.kind, 1))) return first;
  return waitingFor(db, gift).where('owed_kind', '=', gift.kind).executeTakeFirst();
}

/** The oldest ticket of a tier that waits and may have a gift of this giver, kind and bytes. */
export const waitingFor = (db: Db, gift: Wanted) =>
  db
    .selectFrom('ticket')
    .select(['id', 'owed_kind'])
    .where('pool_id', '=', gift.pool_id)
    .where(isTicketWaiting)
    .where('giver', '!=', gift.giver)
    .where('sha256', '!=', gift.sha256)
    .where(({ or, eb }) => or([eb('wish', 'is', null), eb('wish', 'like', `%"${gift.kind}"%`)]))
    .orderBy('lapses')
    .orderBy('id')
    .limit(1);

/** True if a ticket of this pool waits for a gift. */
export const hasWaitingTickets = async (db: Db, poolId: number): Promise<boolean> =>
  (await firstWaiting(db, { poolId })).length > 0;

const firstWaiting = cachedQuery((db, { poolId }: { poolId: number }) =>
  db.selectFrom('ticket').select('id').where('pool_id', '=', poolId).where(isTicketWaiting).limit(1),
);

/** True if a ticket waits in one of these pools, or for a gift of a neighbour at one of these addresses. */
export async function mayServeTickets(
  db: Db,
  poolIds: readonly number[],
  addresses: readonly string[],
): Promise<boolean> {
  const [found] = await anyWaiting(db, { poolIds, addresses });
  return found !== undefined && (found.inPools !== null || found.nearby !== null);
}

const anyWaiting = cachedQuery(
  (db, { poolIds, addresses }: { poolIds: readonly number[]; addresses: readonly string[] }) =>
    db.selectNoFrom(({ selectFrom }) => [
      selectFrom('ticket').select('id').where('pool_id', 'in', poolIds).where(isTicketWaiting).limit(1).as('inPools'),
      selectFrom('ticket').select('id').where('address', 'in', addresses).where(isTicketWaiting).limit(1).as('nearby'),
    ]),
);

/** Those of some addresses at which tickets wait. */
export async function addressesWaiting(db: Db, addresses: readonly string[]): Promise<ReadonlySet<string | null>> {
  if (addresses.length === 0) return new Set();
  const query = db.selectFrom('ticket').select('address').distinct();
  const rows = await query.where('address', 'in', addresses).where(isTicketWaiting).execute();
  return new Set(rows.map(({ address }) => address));
}

/** Throws `NeedsIsolation` if tickets wait in one of these pools and the transaction is not exclusive. */
export async function assertCanServe({ db, isExclusive }: Tx, poolIds: Iterable<number>): Promise<void> {
  if (isExclusive) return;
  for (const poolId of new Set(poolIds)) if (await hasWaitingTickets(db, poolId)) throw new NeedsIsolation('exclusive');
}

/** A gift that earned a ticket, and the pool that the ticket draws from. */
interface EarlierGive {
  readonly given: GiveResult;
  readonly poolId: number;
}

/** The gifts that earned existing tickets, by the hash of the ticket. */
export async function findEarlierGives(db: Db, hashes: readonly string[]): Promise<ReadonlyMap<string, EarlierGive>> {
  if (hashes.length === 0) return new Map();
  const rows = await giftsOfTickets(db, { hashes });
  return new Map(
    rows.map((row) => {
      const given = { ticketId: row.ticket_id, gift: givenGift(row), notices: [] };
      return [row.hash, { given, poolId: row.ticket_pool }];
    }),
  );
}

const giftsOfTickets = cachedQuery((db, { hashes }: { hashes: readonly string[] }) =>
  db
    .selectFrom('ticket')
    .innerJoin('gift', 'gift.id', 'ticket.gift_id')
    .select(giftColumns)
    .select(['ticket.id as ticket_id', 'ticket.pool_id as ticket_pool', 'ticket.hash'])
    .where('ticket.hash', 'in', hashes),
);

/** The row of the ticket that a gift earns. */
export const newTicketRow = (
  gift: GiftRow,
  hash: string,
  wish: readonly FileKind[] | null,
  deadlines: Deadlines,
): Insertable<TicketTable> => ({
  hash,
  pool_id: gift.pool_id,
  giver: gift.giver,
  sha256: gift.sha256,
  gift_id: gift.id,
  state: 'open',
  created_at: deadlines.now,
  expires_at: Math.min(deadlines.ticketUntil, gift.expires_at ?? deadlines.ticketUntil),
  wish: wish === null ? null : JSON.stringify(wish),
  owed_kind: owedKindOf(gift, wish),
  address: gift.address,
});

/** The kind that a new ticket is owed: that of its gift, if the ticket wishes for it. */
export const owedKindOf = ({ kind }: Pick<GiftRow, 'kind'>, wish: readonly FileKind[] | null): FileKind | null =>
  wish?.includes(kind) ? kind : null;

/** Locks a ticket until the transaction ends. Throws `ticket-unknown`. */
export async function lockTicket(db: Db, hash: string): Promise<TicketRow> {
  const query = db.selectFrom('ticket').select(ticketColumns).where('hash', '=', hash);
  const ticket = await query.forUpdate().executeTakeFirst();
  if (!ticket) throw new Problem('ticket-unknown');
  return ticket;
}

/** See `ExchangeLedger.findTicket`. */
export async function findTicket(db: Db, hash: string): Promise<TicketFacts | undefined> {
  const ticket = await db.selectFrom('ticket').select(ticketColumns).where('hash', '=', hash).executeTakeFirst();
  if (!ticket) return undefined;
  const gift = await db
    .selectFrom('gift')
    .select(giftColumns)
    .where('id', '=', ticket.gift_id)
    .executeTakeFirstOrThrow();
  return {
    id: ticket.id,
    state: ticket.state,
    expiresAt: ticket.expires_at,
    wish: wishOf(ticket),
    giver: ticket.giver,
    gift: giftFacts(gift),
    thanks: gift.thanks,
    statement: await findStatement(db, ticket.id, gift),
    endReason: ticket.end_reason,
  };
}

/** Reopens a ticket whose delivery lapsed or was damaged, with the changes of a lapse. */
export async function reopenTicket(
  db: Db,
  ticketId: number,
  changes: Updateable<TicketTable> = {},
): Promise<TicketNotice> {
  const ticket = await db
    .updateTable('ticket')
    .set(changes)
    .set({ state: 'open' }) // mutant: ticket-spent-on-abort
    .where('id', '=', ticketId)
    .returning(['pool_id', 'owed_kind'])
    .executeTakeFirstOrThrow();
  if (ticket.owed_kind !== null) await markOwed(db, ticket.pool_id, [ticket.owed_kind]);
  await applyChanges(db, ticket.pool_id, owedChanges([ticket], 1)); // mutant: ticket-spent-on-abort-count
  return { ticketId, event: 'reopened' };
}
