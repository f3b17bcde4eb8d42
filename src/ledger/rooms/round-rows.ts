/** The rows of rounds and seats. */
import { Problem } from '../../contract/problems/problem.ts';
import { cachedQuery } from '../engine/query-cache.ts';
import type { RoundFacts } from '../room-types.ts';
import type { Db, TicketRow } from '../schema/tables.ts';
import type { Seat } from '../seat-types.ts';

const roundColumns = ['id', 'room_id', 'state', 'seed', 'min_seats', 'max_seats', 'extended', 'fetch_until'] as const;

/** The round of a room; undefined in the mode `open`. */
export async function readRound(db: Db, roomId: number): Promise<RoundFacts | undefined> {
  const row = await db.selectFrom('round').select(roundColumns).where('room_id', '=', roomId).executeTakeFirst();
  if (!row) return undefined;
  return {
    id: row.id,
    state: row.state,
    minSeats: row.min_seats,
    maxSeats: row.max_seats,
    seats: await countSeats(db, row.id),
    fetchUntil: row.fetch_until,
  };
}

/** Locks a round until the transaction ends, so that no seat is taken meanwhile; undefined if it is forgotten. */
export const lockRound = (db: Db, id: number) =>
  db.selectFrom('round').select(roundColumns).where('id', '=', id).forUpdate().executeTakeFirst();

export async function countSeats(db: Db, roundId: number): Promise<number> {
  const { count } = await db
    .selectFrom('seat')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('round_id', '=', roundId)
    .executeTakeFirstOrThrow();
  return count;
}

/** Gives each of some new tickets the next seat of a round, whose row is locked. */
export async function takeSeats(
  db: Db,
  roundId: number,
  taken: readonly { readonly ticketId: number; readonly salt: string }[],
): Promise<void> {
  if (taken.length === 0) return;
  const ids = taken.map(({ ticketId }) => ticketId);
  const tickets = await db
    .selectFrom('ticket')
    .select(['id', 'gift_id', 'giver', 'sha256'])
    .where('id', 'in', ids)
    .execute();
  const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const { last } = await db
    .selectFrom('seat')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('round_id', '=', roundId)
    .executeTakeFirstOrThrow();
  const rows = taken.flatMap(({ ticketId, salt }, index) => {
    const ticket = byId.get(ticketId);
    if (!ticket) return [];
    const { id, ...facts } = ticket;
    return [{ ...facts, round_id: roundId, number: (last ?? 0) + index + 1, ticket_id: id, salt, gets_gift: null }];
  });
  await db.insertInto('seat').values(rows).execute();
}

/** The seats of tickets, by ticket. */
export async function seatsOfTickets(db: Db, tickets: readonly number[]): Promise<ReadonlyMap<number, Seat>> {
  const rows = await seatsByTicket(db, { tickets });
  return new Map(rows.map(({ ticket_id, number, salt }) => [ticket_id, { number, salt }]));
}

const seatsByTicket = cachedQuery((db, { tickets }: { tickets: readonly number[] }) =>
  db
    .selectFrom('seat')
    .innerJoin('round', 'round.id', 'seat.round_id')
    .innerJoin('room', 'room.id', 'round.room_id')
    .select(['seat.ticket_id', 'seat.number', 'seat.salt', 'seat.gets_gift', 'round.state', 'room.closes_at'])
    .where('seat.ticket_id', 'in', tickets),
);

/** The gift that a round assigned to a ticket; `opensAt` is the deadline of a round that is not drawn yet. */
interface Assignment {
  readonly gift: number | null;
  readonly opensAt: number | null;
}

/** The assignments of those tickets that have a seat. Reads nothing for tickets outside rooms. */
export async function assignmentsOf(db: Db, tickets: readonly TicketRow[]): Promise<ReadonlyMap<number, Assignment>> {
  const inRooms = tickets.filter(({ room_id }) => room_id !== null).map(({ id }) => id);
  if (inRooms.length === 0) return new Map();
  const rows = await seatsByTicket(db, { tickets: inRooms });
  return new Map(
    rows.map(({ ticket_id, gets_gift, state, closes_at }) => [
      ticket_id,
      { gift: gets_gift, opensAt: state === 'drawn' ? null : closes_at },
    ]),
  );
}

/** Gives up the seat of a ticket, if it has one. Throws `gift-drawn` once its round is sealed. */
export async function leaveSeat(db: Db, ticket: TicketRow): Promise<void> {
  if (ticket.room_id === null) return;
  const [seat] = await seatsByTicket(db, { tickets: [ticket.id] });
  if (!seat) return;
  if (seat.state !== 'open') throw new Problem('gift-drawn');
  await db.deleteFrom('seat').where('ticket_id', '=', ticket.id).execute();
}
