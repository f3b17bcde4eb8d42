import { Problem } from '../contract/problems/problem.ts';
import type { InspectResult } from '../inspection/inspect.ts';
import type { Seat } from '../ledger/seat-types.ts';
import type { GivenGift, GiveResult, NewGift, TicketFacts, Wish } from '../ledger/types.ts';
import { type Chunks, observed, peek } from '../platform/byte-stream.ts';
import type { StoredFacts } from '../vault/vault.ts';
import { deadlinesFrom } from './deadlines.ts';
import type { ExchangeContext } from './ports.ts';
import { type OpenedRoom, stateOfRoom, ticketsUntil } from './rooms/rooms.ts';
import { closeRound } from './rounds/close-round.ts';
import { publicPool } from './rules.ts';
import { earlierSecretFrom, hashOf, namedGiver, newSecret, secretFrom } from './secrets.ts';
import { cleanStaged, planCleaning } from './storage/clean-staged.ts';
import { type FileSource, originOf } from './storage/gift-origin.ts';
import { type EndWatcher, inspectStaged, startOf, watchEnd } from './storage/inspect-staged.ts';
import { reserve, type UploadClaim } from './storage/reservations.ts';

/** A file as a giver offers it. */
export interface GiftOffer {
  /** The room that it is given in; undefined for the public pool. */
  readonly room?: OpenedRoom | undefined;
  readonly name: string;
  readonly declaredType: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The giver's secret; undefined for a new giver. */
  readonly giver: string | undefined;
  /** True if the gift earns a ticket. A plain gift is free at once. */
  readonly forTicket: boolean;
  /** The kinds that the ticket draws; null for any. */
  readonly wish?: Wish;
  /** When it ends at the latest; undefined for as long as the operator lets it wait. */
  readonly endsAt?: number | undefined;
  /** A secret of the giver's for this gift: a repeated offer with it is the same gift. */
  readonly idempotencyKey: string | undefined;
  /** True if its metadata must go. */
  readonly stripMetadata?: boolean;
  /** Where it comes from; left out by a gift without budgets. */
  readonly source?: FileSource;
  /** The space that its upload reserves. */
  readonly claim: UploadClaim;
  /** Hears of all bytes as they pass, also of those of an upload that fails. */
  readonly onBytes?: (count: number) => void;
}

export interface GivenFile {
  readonly gift: GivenGift;
  /** Names of the removed fields; undefined if the file is as it was given. */
  readonly removed?: readonly string[] | undefined;
  readonly giver: string;
  readonly ticket: string | undefined;
  /** How many more gifts today enter the main tier; undefined where that is not known, or not limited. */
  readonly budgetLeft: number | undefined;
  /** The seat that it earned in a round. */
  readonly seat?: Seat | undefined;
}

/** A gift that was given before, with the secrets of its giver. */
export interface FoundGive {
  readonly gift: TicketFacts['gift'];
  readonly giver: string;
  readonly ticket: string;
}

/**
 * Gives a file: inspects it, stores its bytes and pools it. When this resolves the gift survives a power cut (P1); when it
 * throws nothing is kept. Throws `file-empty`, `too-large`, `too-many-requests`, `storage-full`, `storage-failing`, `key-reused`, `metadata-stays`,
 * `room-closed`, `room-full`, `kind-refused`, the refusals of inspection, and the errors of the byte source.
 */
export async function give(context: ExchangeContext, offer: GiftOffer): Promise<GivenFile> {
  assertForRound(offer);
  // Without a working ledger each attempt would leave bytes behind until the sweep.
  await context.checkLedger();
  const release = await reserveSpace(context, offer);
  const last = watchEnd();
  const bytes = limitSize(
    offer,
    Math.min(context.rules.maxFileSize, offer.room?.maxFileSize ?? Number.POSITIVE_INFINITY),
    last,
  );
  try {
    const peeked = await peek(bytes, context.inspect.headSize);
    const found = await inspectHead(context, offer, peeked.head);
    if (offer.room?.kinds?.includes(found.kind) === false) throw new Problem('kind-refused');
    const plan = planCleaning(context, offer.stripMetadata === true, found, peeked.head);
    const finding = plan?.finding ?? found;
    const start = startOf(peeked.head);
    const key = Buffer.from(context.randomBytes(16)).toString('hex');
    const stored = await context.vault.put(key, peeked); // mutant: row-before-bytes
    const staged = { key, finding, stored, start, end: last.end() };
    await inspectStaged(context, staged);
    if (!plan) return await poolGift(context, offer, finding, key, stored); // mutant: row-before-bytes-late
    const cleaned = await cleanStaged(context, staged, plan);
    return { ...(await poolGift(context, offer, finding, cleaned.key, cleaned.stored)), removed: cleaned.removed };
  } finally {
    release();
    await bytes.return();
  }
}

/** Throws `round-by-ticket` for what has no place in a round. */
function assertForRound({ room, forTicket, wish, endsAt }: GiftOffer): void {
  if (room?.round && (!forTicket || wish != null || endsAt !== undefined)) throw new Problem('round-by-ticket');
}

/**
 * Reserves space above the free-space floor, and answers how to release it. Throws `storage-full`, `too-many-requests` and
 * `room-closed`, except for a repeated offer, whose gift is stored already.
 */
async function reserveSpace(context: ExchangeContext, offer: GiftOffer): Promise<() => void> {
  const { ledger, vault, rules, reservations } = context;
  const space = ((await vault.free()) - rules.freeSpaceFloor) * rules.processShare;
  try {
    const kept = await context.keptFigures();
    const isPoolFull = kept.gifts >= rules.poolMaxGifts || kept.bytes + reservations.total >= rules.poolMaxBytes;
    if (isPoolFull) throw new Problem('storage-full');
    if (offer.room && stateOfRoom(offer.room, context.now()) !== 'open') throw new Problem('room-closed');
    return reserve(reservations, offer.claim, space);
  } catch (error) {
    const isHere =
      offer.idempotencyKey !== undefined &&
      (await ledger.findTicket(hashOf((await ownSecrets(context, offer))('ticket'))));
    if (!isHere) throw error;
    return () => undefined;
  }
}

/** Counts the real bytes as they pass, and throws `too-large` beyond the limit (R13). */
function limitSize({ bytes, onBytes }: GiftOffer, limit: number, last: EndWatcher): Chunks {
  let size = 0;
  return observed(bytes, (chunk) => {
    onBytes?.(chunk.length);
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    last.look(chunk);
  });
}

/** The problem of a file over the limit, with the limit in bytes. */
export function tooLarge(limit: number): Problem {
  const mebibytes = Math.floor((limit / 1024 ** 2) * 100) / 100;
  return new Problem('too-large', {
    detail: `The file is larger than the ${limit} bytes (${mebibytes} MiB) that this exchange takes; nothing was kept.`,
    limit,
  });
}

function inspectHead({ inspect }: ExchangeContext, { name, declaredType }: GiftOffer, head: Uint8Array) {
  if (head.length === 0) throw new Problem('file-empty');
  return inspect({ name, declaredType, head });
}

async function poolGift(
  context: ExchangeContext,
  offer: GiftOffer,
  finding: InspectResult,
  key: string,
  stored: StoredFacts,
): Promise<GivenFile> {
  const { rules } = context;
  const ownSecret = await ownSecrets(context, offer);
  const unnamed = ownSecret('giver');
  const named = namedGiver(offer.giver) ?? unnamed;
  const ticket = offer.forTicket ? ownSecret('ticket') : undefined;
  const { gift, budgetLeft, seat } = await commit(context, offer.room, {
    pool: offer.room?.pool ?? publicPool,
    room: offer.room && rules.rooms ? { id: offer.room.id, ...rules.rooms } : undefined,
    salt: offer.room?.round ? Buffer.from(context.randomBytes(16)).toString('hex') : undefined,
    key,
    giver: hashOf(named),
    ...finding,
    ...stored,
    ticketHash: ticket === undefined ? null : hashOf(ticket),
    expiresAt: offer.endsAt ?? null,
    wish: offer.wish === 'like-given' ? [finding.kind] : (offer.wish ?? null),
    maxPoolBytes: rules.poolMaxBytes,
    // Budgets protect the public pool only.
    origin: offer.room ? undefined : await originOf(context, offer.source, namedGiver(offer.giver) && hashOf(named)),
  });
  // The earlier gift of a repeated offer stands, so this copy goes. The sweep finds it if the removal fails.
  if (gift.key !== key) await context.vault.remove(key).catch(() => undefined);
  // The first attempt may have been without a giver, and this one with the giver of a gift in between.
  const giver = [named, unnamed].find((secret) => hashOf(secret) === gift.giver);
  if (giver === undefined || gift.sha256 !== stored.sha256) throw new Problem('key-reused');
  return { gift, giver, ticket, budgetLeft, seat };
}

/** For how long a key finds the gift that an earlier version took with it, in milliseconds. */
const earlierKeysTime = 86_400_000;

/** Finds the gift that came with an idempotency key; undefined if none did, or not yet. Throws `key-reused` for another giver. */
export async function findGiven(
  context: ExchangeContext,
  offer: Required<Pick<GiftOffer, 'giver' | 'idempotencyKey'>>,
): Promise<FoundGive | undefined> {
  const ownSecret = await ownSecrets(context, offer);
  const ticket = ownSecret('ticket');
  const found = await context.ledger.findTicket(hashOf(ticket));
  if (!found) return undefined;
  const giver = [namedGiver(offer.giver) ?? '', ownSecret('giver')].find((secret) => hashOf(secret) === found.giver);
  if (giver === undefined) throw new Problem('key-reused');
  return { gift: found.gift, giver, ticket };
}

/** How the secrets of an offer are made. With an idempotency key, a second attempt derives the same ones. */
async function ownSecrets(
  context: ExchangeContext,
  { idempotencyKey: key }: Pick<GiftOffer, 'idempotencyKey'>,
): Promise<(kind: 'giver' | 'ticket') => string> {
  if (key === undefined) return (kind) => newSecret(context, kind);
  const { secret, since } = context.keySecret;
  const isAfterUpgrade = context.now() < since + earlierKeysTime;
  if (isAfterUpgrade && (await context.ledger.findTicket(hashOf(earlierSecretFrom(key, 'ticket')))))
    return (kind) => earlierSecretFrom(key, kind);
  return (kind) => secretFrom(secret, key, kind);
}

/**
 * Commits the gift, and answers it or the earlier one of the same ticket. A failed commit may have happened (R6), so the bytes
 * only go when the ledger denies it; the sweep settles the rest.
 */
async function commit(
  context: ExchangeContext,
  room: OpenedRoom | undefined,
  gift: NewGift,
): Promise<Pick<GiveResult, 'gift' | 'budgetLeft' | 'seat'>> {
  const { ledger, vault, events } = context;
  const usual = deadlinesFrom(context);
  const deadlines = room?.round ? { ...usual, ticketUntil: ticketsUntil(room.closesAt) } : usual;
  try {
    const pooled = await ledger.give(gift, deadlines); // mutant: answer-before-commit
    events.publish(pooled.notices);
    // A full round is drawn at once, or by the next run of its job.
    if (room?.round?.maxSeats != null) await closeRound(context, room.round.id).catch(() => undefined);
    return pooled;
  } catch (error) {
    const happened = await ledger.hasGift(gift.key).catch(() => undefined);
    if (happened === false) await vault.remove(gift.key).catch(() => undefined); // mutant: bytes-dropped-in-doubt
    if (happened !== true) throw error;
    events.publish([]);
    return { gift: { ...gift, givenAt: deadlines.now, expiresAt: gift.expiresAt ?? null } };
  }
}
