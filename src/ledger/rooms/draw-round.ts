import { cachedQuery } from '../engine/query-cache.ts';
import { owedChanges } from '../matching/owed-kinds.ts';
import type { RoundEnds } from '../room-types.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import { applyChanges, giftChanges, mergeChanges } from '../stats/counters.ts';
import type { TicketNotice } from '../types.ts';
import { lockRound } from './round-rows.ts';

/** How many seats one query changes. */
const chunkSize = 500;

/** A gift on its way to the ticket of another seat. */
interface Arc {
  readonly giftId: number;
  readonly ticketId: number;
}

/**
 * See `RoomLedger.drawRound`. Holds each gift for the ticket that it was drawn for, many in a few queries. Needs an exclusive
 * transaction; a gift that has left the pool since the round was sealed is missing for its ticket, which is told so.
 */
export async function drawRound(
  db: Db,
  id: number,
  receivers: readonly number[],
  ends: RoundEnds,
): Promise<readonly TicketNotice[]> {
  const round = await lockRound(db, id);
  if (round?.state !== 'sealed') return [];
  const seats = await db
    .selectFrom('seat')
    .select(['ticket_id', 'gift_id'])
    .where('round_id', '=', id)
    .orderBy('number')
    .execute();
  if (seats.length !== receivers.length)
    throw new Error(`a round of ${seats.length} seats has ${receivers.length} arcs`);
  const arcs = seats.flatMap(({ gift_id }, giver): Arc[] => {
    const receiver = seats[receivers[giver] ?? -1];
    return receiver ? [{ giftId: gift_id, ticketId: receiver.ticket_id }] : [];
  });
  const notices: TicketNotice[] = [];
  for (let at = 0; at < arcs.length; at += chunkSize)
    notices.push(...(await holdArcs(db, arcs.slice(at, at + chunkSize), ends)));
  await db.updateTable('round').set({ state: 'drawn', fetch_until: ends.fetchUntil }).where('id', '=', id).execute();
  return notices;
}

async function holdArcs(db: Db, arcs: readonly Arc[], { fetchUntil }: RoundEnds): Promise<TicketNotice[]> {
  for (const { giftId, ticketId } of arcs) await assign(db, { giftId, ticketId });
  const gifts = await takePooled(db, { ids: arcs.map(({ giftId }) => giftId) });
  const held = new Map(gifts.map((gift) => [gift.id, gift]));
  const holding = arcs.filter(({ giftId }) => held.has(giftId));
  if (holding.length === 0) return [];
  const ready = await readyTickets(db, { ids: holding.map(({ ticketId }) => ticketId), until: fetchUntil });
  await db
    .insertInto('delivery')
    .values(
      holding.map(({ giftId, ticketId }) => ({
        gift_id: giftId,
        ticket_id: ticketId,
        state: 'held' as const,
        lease_until: fetchUntil,
      })),
    )
    .execute();
  const [first] = gifts;
  const left = mergeChanges(owedChanges(ready, -1), ...gifts.map((gift) => giftChanges(gift, -1)));
  await applyChanges(db, (first as GiftRow).pool_id, left);
  return ready.map(({ id }) => ({ ticketId: id, event: 'ready' as const }));
}

const assign = cachedQuery((db, { giftId, ticketId }: { giftId: number; ticketId: number }) =>
  db.updateTable('seat').set({ gets_gift: giftId }).where('ticket_id', '=', ticketId),
);

const takePooled = cachedQuery((db, { ids }: { ids: readonly number[] }) =>
  db
    .updateTable('gift')
    .set({ state: 'leased', slot: null })
    .where('id', 'in', ids)
    .where('slot', 'is not', null)
    .returning(['gift.id', 'gift.pool_id', 'gift.kind', 'gift.size', 'gift.extension']),
);

const readyTickets = cachedQuery((db, { ids, until }: { ids: readonly number[]; until: number }) =>
  db
    .updateTable('ticket')
    .set({ state: 'ready', expires_at: until })
    .where('id', 'in', ids)
    .returning(['ticket.id', 'ticket.owed_kind']),
);
