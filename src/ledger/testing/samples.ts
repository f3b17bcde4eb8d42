/** Gifts, deadlines and shorthands for the tests of a ledger. */
import { createHash, randomBytes } from 'node:crypto';
import type { FileKind } from '../../contract/vocabulary.ts';
import { hourLength, hourOf, hoursShown } from '../../contract/vocabulary.ts';
import type { Random } from '../engine/isolation.ts';
import type { Ledger } from '../ledger.ts';
import type { NewRoom, RoomFacts } from '../room-types.ts';
import type { Deadlines, DeliveryFacts, DrawResult, HourCounts, NewGift, PoolFigures } from '../types.ts';

/** A ledger under test, empty; `second` opens the same data again. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  second(): Promise<Ledger>;
  close(): Promise<void>;
}

export type Case = (opened: OpenedLedger) => Promise<void>;

/** Spans differ in their last digit, so that two deadlines never coincide by accident. */
export const spans = {
  lease: 101,
  renewalPerByte: 1 / 256,
  hold: 82,
  ticket: 1003,
  grace: 64,
  purge: 1005,
  keep: 506,
} as const;

export const deadlinesAt = (now: number): Deadlines => ({
  now,
  leaseUntil: now + spans.lease,
  renewalPerByte: spans.renewalPerByte,
  holdUntil: now + spans.hold,
  ticketUntil: now + spans.ticket,
  removeAt: now + spans.grace,
  purgeAt: now + spans.purge,
  keepUntil: now + spans.keep,
});

export const start = 1_000_000;
export const deadlines = deadlinesAt(start);
export const later = (span: number): Deadlines => deadlinesAt(start + span);

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let made = 0;
/** A number that is unique in this run. */
export const next = (): number => ++made;

export function newGift(gift: Partial<NewGift> = {}): NewGift {
  const number = next();
  return {
    key: randomBytes(16).toString('hex'),
    name: `gift ${number}.txt`,
    extension: 'txt',
    kind: 'text',
    mimeType: 'text/plain',
    size: 10,
    sha256: sha256(`content ${number}`),
    pool: 'public',
    giver: `giver ${number}`,
    checks: Uint8Array.of(number % 256, 1, 2, 3),
    ticketHash: null,
    maxPoolBytes: Number.POSITIVE_INFINITY,
    ...gift,
  };
}

export interface TicketedGift extends NewGift {
  /** The hash of its ticket; empty for a plain gift. */
  readonly ticket: string;
  readonly ticketId: number;
}

/** Gives without earning a ticket. */
export async function givePlain(ledger: Ledger, gift: Partial<NewGift> = {}, at = deadlines) {
  const given = newGift(gift);
  return { ...given, ...(await ledger.give(given, at)) };
}

/** Gives and earns a ticket. */
export async function give(
  ledger: Ledger,
  gift: Partial<NewGift> = {},
  at = deadlines,
): Promise<TicketedGift & { notices: Awaited<ReturnType<Ledger['give']>>['notices'] }> {
  const ticket = sha256(`ticket ${next()}`);
  const given = newGift({ ticketHash: ticket, ...gift });
  const { ticketId, notices } = await ledger.give(given, at);
  return { ...given, ticket, ticketId: ticketId ?? 0, notices };
}

export function draw(ledger: Ledger, ticketHash: string, at = deadlines): Promise<DrawResult> {
  const nonce = `nonce ${next()}`;
  return ledger.drawForTicket({ ticketHash, nonce, secretHash: sha256(nonce) }, at);
}

export function drawFree(ledger: Ledger, giver: string | null = null, at = deadlines): Promise<DrawResult> {
  return ledger.drawFree({ pool: 'public', giver, secretHash: sha256(`secret ${next()}`) }, at);
}

/** The delivery of a draw; throws when it drew nothing. */
export function deliveryOf(drawn: DrawResult): DeliveryFacts {
  if (drawn.outcome !== 'drawn') throw new Error(`nothing was drawn: ${drawn.outcome}`);
  return drawn.delivery;
}

export const drawn = async (drawing: Promise<DrawResult>): Promise<DeliveryFacts> => deliveryOf(await drawing);

export const statsOf = (ledger: Ledger, at = deadlines): Promise<PoolFigures> => ledger.stats('public', at.now);

export const stateOf = async (ledger: Ledger, ticket: string): Promise<string | undefined> =>
  (await ledger.findTicket(ticket))?.state;

export const kindOf = (extension: string): FileKind =>
  extension === 'png' ? 'image' : extension === 'pdf' ? 'pdf' : 'text';

/** A seeded random function: mulberry32, with a range cut so that every remainder is equally likely (Bryc, "PRNGs"). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const word = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return (n) => {
    const fair = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const rolled = word();
      if (rolled < fair) return rolled % n;
    }
  };
}

/** Hourly statistics with all events in the last hour, or `ago` hours before. */
export const hoursWith = (given: number, delivered: number, ago = 0, at = deadlines): HourCounts[] => {
  const last = hourOf(at.now);
  return Array.from({ length: hoursShown }, (_, index) => {
    const before = hoursShown - 1 - index;
    const counted = before === ago ? { given, delivered } : { given: 0, delivered: 0 };
    return { start: last - before * hourLength, ...counted };
  });
};

/** Limits that no test reaches by accident. */
export const roomy = { maxGifts: 1000, maxBytes: 1e6 };

/** A room and its host. */
export interface HostedRoom {
  readonly room: RoomFacts;
  readonly host: { readonly codeHash: string; readonly hostHash: string };
}

/** Creates a room, by default for a day. */
export async function openRoom(ledger: Ledger, facts: Partial<NewRoom> = {}, maxRooms = 100): Promise<HostedRoom> {
  const host = { codeHash: sha256(`code ${next()}`), hostHash: sha256(`host ${next()}`) };
  const room = await ledger.createRoom(
    {
      ...host,
      name: 'Class 5b',
      mode: 'open',
      kinds: null,
      maxFileSize: 100,
      createdAt: start,
      closesAt: start + 86_400_000,
      round: null,
      ...facts,
    },
    maxRooms,
  );
  return { room, host };
}

/** The facts of a gift that is given in a room. */
export const within = ({ room }: HostedRoom, limits = roomy): Pick<NewGift, 'pool' | 'room'> => ({
  pool: room.pool,
  room: { id: room.id, ...limits },
});
