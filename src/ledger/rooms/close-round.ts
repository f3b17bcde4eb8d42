/** From the deadline of a round to its draw. Needs exclusive transactions, so that no seat is taken or left meanwhile. */
import { sql } from 'kysely';
import type { RoundEnds, SealedRound } from '../room-types.ts';
import type { Db } from '../schema/tables.ts';
import type { TicketEndReason } from '../seat-types.ts';
import { countSeats, lockRound } from './round-rows.ts';

/** True for a round with as many seats as it may have. */
const isFull = sql<boolean>`(select count(*) from seat where seat.round_id = round.id) >= round.max_seats`;

/** See `RoomLedger.dueRounds`. */
export async function dueRounds(db: Db, now: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('round')
    .innerJoin('room', 'room.id', 'round.room_id')
    .select('round.id')
    .where('room.ended_at', 'is', null)
    .where(({ or, and, eb }) =>
      or([
        eb('round.state', '=', 'sealed'),
        and([eb('round.state', '=', 'open'), or([eb('room.closes_at', '<=', now), isFull])]),
        and([eb('round.state', '=', 'drawn'), eb('round.fetch_until', '<=', now)]),
      ]),
    )
    .orderBy('round.id')
    .execute();
  return rows.map(({ id }) => id);
}

type LockedRound = NonNullable<Awaited<ReturnType<typeof lockRound>>>;

/** See `RoomLedger.sealRound`. */
export async function sealRound(db: Db, id: number, ends: RoundEnds): Promise<SealedRound | undefined> {
  const round = await lockRound(db, id);
  const room = round && (await openRoomOf(db, round));
  if (!round || !room) return undefined;
  if (round.state === 'sealed') return sealedRound(db, round);
  if (round.state === 'drawn') {
    if ((round.fetch_until ?? 0) <= ends.now) await endFor(db, round, 'round-over', ends.now);
    return undefined;
  }
  const seats = await countSeats(db, id);
  const isDue = room.closes_at <= ends.now || seats === round.max_seats;
  if (!isDue) return undefined;
  if (seats < round.min_seats) {
    await postpone(db, round, ends);
    return undefined;
  }
  await freezeSeats(db, id);
  await db.updateTable('round').set({ state: 'sealed' }).where('id', '=', id).execute();
  return sealedRound(db, round);
}

const openRoomOf = (db: Db, { room_id }: LockedRound) =>
  db.selectFrom('room').select('closes_at').where('id', '=', room_id).where('ended_at', 'is', null).executeTakeFirst();

/** A giver may have got another name since: the gifts of a browser become those of an account. */
async function freezeSeats(db: Db, roundId: number): Promise<void> {
  const seats = await db
    .selectFrom('seat')
    .innerJoin('ticket', 'ticket.id', 'seat.ticket_id')
    .select(['seat.id', 'ticket.giver'])
    .where('seat.round_id', '=', roundId)
    .whereRef('ticket.giver', '!=', 'seat.giver')
    .execute();
  for (const { id, giver } of seats) await db.updateTable('seat').set({ giver }).where('id', '=', id).execute();
}

async function sealedRound(db: Db, { id, seed }: LockedRound): Promise<SealedRound> {
  const seats = await db
    .selectFrom('seat')
    .select(['giver', 'sha256'])
    .where('round_id', '=', id)
    .orderBy('number')
    .execute();
  return { seed, seats };
}

/** See `RoomLedger.postponeRound`. */
export async function postponeRound(db: Db, id: number, ends: RoundEnds): Promise<void> {
  const round = await lockRound(db, id);
  if (round && round.state !== 'drawn' && (await openRoomOf(db, round))) await postpone(db, round, ends);
}

async function postpone(db: Db, round: LockedRound, { now, extendedTo, ticketsUntil }: RoundEnds): Promise<void> {
  if (round.extended === 1) return endFor(db, round, 'too-few-seats', now);
  await db.updateTable('round').set({ state: 'open', extended: 1 }).where('id', '=', round.id).execute();
  await db.updateTable('room').set({ closes_at: extendedTo }).where('id', '=', round.room_id).execute();
  await keepTickets(db, round.room_id, ticketsUntil);
}

/** Keeps the open tickets of a room good until a later deadline. */
export async function keepTickets(db: Db, roomId: number, until: number): Promise<void> {
  await db
    .updateTable('ticket')
    .set({ expires_at: until })
    .where('room_id', '=', roomId)
    .where('state', '=', 'open')
    .execute();
}

async function endFor(db: Db, { room_id }: LockedRound, reason: TicketEndReason, now: number): Promise<void> {
  await db.updateTable('room').set({ ended_at: now, end_reason: reason }).where('id', '=', room_id).execute();
}
