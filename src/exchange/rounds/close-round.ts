/** Closing a round: sealed, drawn, and after a while over. */
import { Problem } from '../../contract/problems/problem.ts';
import type { RoundEnds, SealedRound } from '../../ledger/room-types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import type { ExchangeContext } from '../ports.ts';
import { clearRooms, findRoom, moveDeadline, type OpenedRoom, type RoomUpkeep, ticketsUntil } from '../rooms/rooms.ts';
import { extension, fetchTime } from '../rooms/round-times.ts';
import { drawLoop } from './assignment.ts';
import { createDice } from './dice.ts';
import { runInPieces } from './pieces.ts';

function endsFrom(context: RoomUpkeep): RoundEnds {
  const deadlines = deadlinesFrom(context);
  const extendedTo = deadlines.now + extension;
  return {
    ...deadlines,
    extendedTo,
    ticketsUntil: ticketsUntil(extendedTo),
    fetchUntil: deadlines.now + fetchTime,
  };
}

/**
 * Seals and draws a round that is due, or ends one that is over. After a crash in between, the next run of any process draws the same
 * from the sealed seats and the seed.
 */
export async function closeRound(context: RoomUpkeep, id: number): Promise<void> {
  const { ledger, events } = context;
  const ends = endsFrom(context);
  const sealed = await ledger.sealRound(id, ends);
  const receivers = sealed && (await receiversOf(sealed));
  if (receivers) events.publish(await ledger.drawRound(id, receivers, ends));
  else {
    if (sealed) await ledger.postponeRound(id, ends);
    events.publish([]);
    await clearRooms(context);
  }
}

/** The receiver of each seat's gift; undefined if own gifts and equal bytes leave no loop. */
async function receiversOf({ seed, seats }: SealedRound): Promise<readonly number[] | undefined> {
  const isAllowed = (giver: number, receiver: number) => {
    const [from, to] = [seats[giver], seats[receiver]];
    return from !== undefined && to !== undefined && from.giver !== to.giver && from.sha256 !== to.sha256;
  };
  const receivers = await runInPieces(drawLoop(seats.length, isAllowed, createDice(seed)));
  return receivers && [...receivers];
}

/** Closes all rounds that are due; answers how many. */
export async function closeDueRounds(context: RoomUpkeep): Promise<number> {
  const due = await context.ledger.dueRounds(context.now());
  for (const id of due) await closeRound(context, id);
  return due.length;
}

/** Closes a room for its host at once, and draws its round. Throws `host-needed`, `room-closed`, `seats-missing`. */
export async function closeNow(
  context: ExchangeContext,
  room: OpenedRoom,
  host: string | undefined,
): Promise<OpenedRoom> {
  const { round } = room;
  if (!round) return moveDeadline(context, room, host, 'now');
  if (round.state === 'open' && round.seats < round.minSeats) throw new Problem('seats-missing');
  await moveDeadline(context, room, host, 'now');
  await closeRound(context, round.id);
  return findRoom(context, room.code);
}
