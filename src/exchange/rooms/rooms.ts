/** Rooms, and what their hosts do with them. */
import { Problem } from '../../contract/problems/problem.ts';
import type { RoomMode, RoomState } from '../../contract/vocabulary.ts';
import type { NewRoom, RoomFacts } from '../../ledger/room-types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import { expiryBatch, publishSteps } from '../events.ts';
import type { ExchangeContext, PoolFigures } from '../ports.ts';
import type { RoomRules } from '../rules.ts';
import { hashOf, isSecret, newSecret } from '../secrets.ts';
import { hashOfCode, newRoomCode, parseRoomCode } from './room-codes.ts';
import { extension, fetchTime } from './round-times.ts';

/** A room with the code that opened it. */
export interface OpenedRoom extends RoomFacts {
  readonly code: string;
}

/** How far away a deadline may be, in milliseconds. */
const maxDeadline = 366 * 86_400_000;

/** Throws `deadline-past`, `deadline-far`. */
function assertDeadline(closesAt: number, now: number): void {
  if (closesAt <= now) throw new Problem('deadline-past');
  if (closesAt > now + maxDeadline) throw new Problem('deadline-far');
}

/** The rules of rooms. Throws `rooms-off`. */
function roomRules({ rules }: Pick<ExchangeContext, 'rules'>): RoomRules {
  if (!rules.rooms) throw new Problem('rooms-off');
  return rules.rooms;
}

/** A room as its host wants it. */
type RoomWish = Pick<NewRoom, 'name' | 'mode' | 'kinds'> & Partial<Pick<NewRoom, 'maxFileSize' | 'closesAt'>>;

/** Creates a room, by default for a year. Throws `rooms-off`, `deadline-past`, `deadline-far`, `too-many-rooms`. */
export async function createRoom(
  context: ExchangeContext,
  wish: RoomWish,
): Promise<{ readonly room: OpenedRoom; readonly host: string }> {
  const { maxRooms } = roomRules(context);
  const { ledger, rules } = context;
  const now = context.now();
  const closesAt = wish.closesAt ?? now + maxDeadline;
  assertDeadline(closesAt, now);
  const [code, host] = [newRoomCode(context), newSecret(context, 'host')];
  const room = await ledger.createRoom(
    {
      ...wish,
      maxFileSize: Math.min(wish.maxFileSize ?? rules.maxFileSize, rules.maxFileSize),
      codeHash: hashOfCode(code),
      hostHash: hashOf(host),
      createdAt: now,
      closesAt,
      round: newRound(context, wish.mode),
    },
    maxRooms,
  );
  return { room: { ...room, code }, host };
}

/** The seats of a round: with two, each would know who gave what, and in a swap this is wanted. */
const seatsOf = { round: { minSeats: 3, maxSeats: null }, swap: { minSeats: 2, maxSeats: 2 } } as const;

const newRound = ({ randomBytes }: ExchangeContext, mode: RoomMode): NewRoom['round'] =>
  mode === 'open' ? null : { ...seatsOf[mode], seed: Buffer.from(randomBytes(32)).toString('hex') };

/** Until when the tickets of a round are good that closes at a time, or once later. */
export const ticketsUntil = (closesAt: number): number => closesAt + extension + fetchTime;

/** Finds the room that a code opens. Throws `rooms-off`, `room-unknown`. */
export async function findRoom(context: ExchangeContext, text: string): Promise<OpenedRoom> {
  roomRules(context);
  const code = parseRoomCode(text);
  const room = code && (await context.ledger.findRoom(hashOfCode(code)));
  if (!code || !room) throw new Problem('room-unknown');
  return { ...room, code };
}

/** A room with the counts of what is in it. */
export interface RoomWithFigures {
  readonly room: OpenedRoom;
  readonly figures: PoolFigures;
}

/** Counts what is in a room. */
export const withFigures = async (
  { ledger, now }: Pick<ExchangeContext, 'ledger' | 'now'>,
  room: OpenedRoom,
): Promise<RoomWithFigures> => ({ room, figures: await ledger.stats(room.pool, now()) });

/** How a room stands at a time. */
export function stateOfRoom({ closesAt, endedAt, round }: RoomFacts, now: number): RoomState {
  if (endedAt !== null) return 'ended';
  if (round?.state === 'drawn') return 'drawn';
  return closesAt <= now ? 'closed' : 'open';
}

/** Throws `host-needed` for what cannot be the secret of a host. */
function hostOf({ code }: OpenedRoom, host: string | undefined) {
  if (host === undefined || !isSecret('host', host)) throw new Problem('host-needed');
  return { codeHash: hashOfCode(code), hostHash: hashOf(host) };
}

/** Moves the deadline of a room; `now` closes it. Throws `host-needed`, `room-closed` once it has ended, and as `createRoom`. */
export async function moveDeadline(
  context: ExchangeContext,
  room: OpenedRoom,
  host: string | undefined,
  closesAt: number | 'now',
): Promise<OpenedRoom> {
  const now = context.now();
  const owner = hostOf(room, host);
  if (closesAt !== 'now') assertDeadline(closesAt, now);
  const time = closesAt === 'now' ? now : closesAt;
  const moved = await context.ledger.moveDeadline(owner, time, ticketsUntil(time));
  context.events.publish([]);
  return { ...moved, code: room.code };
}

/** Ends a room, and removes at once the gifts that are not drawn. Throws `host-needed`. */
export async function endRoom(context: ExchangeContext, room: OpenedRoom, host: string | undefined): Promise<void> {
  await context.ledger.endRoom(hostOf(room, host), context.now());
  context.events.publish([]);
  await clearRooms(context);
}

/** The context of clearing rooms and closing rounds. */
export type RoomUpkeep = Pick<ExchangeContext, 'ledger' | 'rules' | 'now'> & {
  readonly events: Pick<ExchangeContext['events'], 'publish'>;
};

/** Removes what is left in rooms that have ended; answers how many gifts and tickets. */
export const clearRooms = (context: RoomUpkeep): Promise<number> =>
  publishSteps(context.events, () => context.ledger.clearRooms(deadlinesFrom(context), expiryBatch));
