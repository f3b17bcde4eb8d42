import { Problem } from '../contract/problems/problem.ts';
import type { InspectResult } from '../inspection/inspect.ts';
import type { GivenGift, NewGift } from '../ledger/types.ts';
import { type Chunks, observed, readHead, resumeFrom } from '../platform/byte-stream.ts';
import type { StoredFacts } from '../vault/vault.ts';
import { deadlinesFrom } from './deadlines.ts';
import type { ExchangeContext } from './ports.ts';
import { hashOf, namedGiver, newSecret, secretFrom } from './secrets.ts';

/** What somebody holds out to us. */
export interface GiftOffer {
  readonly pool: string;
  readonly name: string;
  readonly declaredType: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The giver's secret, or undefined for somebody new. */
  readonly giver: string | undefined;
  /** Whether the gift earns a ticket; a plain gift becomes free at once. */
  readonly forTicket: boolean;
  /** A secret that the giver made for this gift: offered again with it, the gift is the same one, not another. */
  readonly idempotencyKey: string | undefined;
}

export interface GivenFile {
  readonly gift: GivenGift;
  readonly giver: string;
  readonly ticket: string | undefined;
}

/** How many of the first bytes are read ahead for inspection, which may look at fewer. */
const headSize = 64 * 1024;

/**
 * Takes a gift: inspects it, keeps its bytes, pools it. When this resolves the gift survives a power cut (P1); when it
 * throws nothing of it is kept. Throws `file-empty`, `too-large`, `storage-full`, `storage-failing`, `key-reused`,
 * inspection's refusals, and whatever the source of the bytes throws.
 */
export async function give(context: ExchangeContext, offer: GiftOffer): Promise<GivenFile> {
  // Bytes that could not be noted would lie about until the sweep, those of each attempt.
  await context.ledger.check();
  await refuseWhenFull(context, offer);
  const bytes = limitSize(offer.bytes, context.rules.maxFileSize);
  try {
    const { head } = await readHead(bytes, headSize);
    const finding = await inspectHead(context, offer, head);
    const key = Buffer.from(context.randomBytes(16)).toString('hex');
    const stored = await context.vault.put(key, resumeFrom(head, bytes)); // mutant: row-before-bytes
    return await poolGift(context, offer, finding, key, stored); // mutant: row-before-bytes-late
  } finally {
    await bytes.return();
  }
}

/** A gift that is here already needs no room: who offers it again must learn of it. */
async function refuseWhenFull(
  { ledger, vault, rules }: ExchangeContext,
  { idempotencyKey }: GiftOffer,
): Promise<void> {
  if ((await vault.free()) >= rules.freeSpaceFloor) return;
  const isHere =
    idempotencyKey !== undefined &&
    (await ledger.findTicket(hashOf(secretFrom(idempotencyKey, 'ticket'))));
  if (!isHere) throw new Problem('storage-full');
}

/** Counts the real bytes as they pass (R13). */
function limitSize(bytes: AsyncIterable<Uint8Array>, limit: number): Chunks {
  let size = 0;
  return observed(bytes, (chunk) => {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
  });
}

/** The refusal of a file over the limit, with the limit in it. */
export function tooLarge(limit: number): Problem {
  const mebibytes = Math.floor((limit / 1024 ** 2) * 100) / 100;
  return new Problem('too-large', {
    detail: `The file is larger than the ${limit} bytes (${mebibytes} MiB) that this exchange takes; nothing was kept.`,
    limit,
  });
}

function inspectHead(
  { inspect }: ExchangeContext,
  { name, declaredType }: GiftOffer,
  head: Uint8Array,
) {
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
  const unnamed = ownSecret(context, offer, 'giver');
  const named = namedGiver(offer.giver) ?? unnamed;
  const ticket = offer.forTicket ? ownSecret(context, offer, 'ticket') : undefined;
  const gift = await commit(context, {
    pool: offer.pool,
    key,
    giver: hashOf(named),
    ...finding,
    ...stored,
    ticketHash: ticket === undefined ? null : hashOf(ticket),
    maxPoolBytes: context.rules.poolMaxBytes,
  });
  // An earlier gift stands; what its bytes' copy leaves behind when this fails, the sweep finds.
  if (gift.key !== key) await context.vault.remove(key).catch(() => undefined);
  // Who was nobody at the first attempt may have become somebody meanwhile, by another gift.
  const giver = [named, unnamed].find((secret) => hashOf(secret) === gift.giver);
  if (giver === undefined || gift.sha256 !== stored.sha256) throw new Problem('key-reused');
  return { gift, giver, ticket };
}

/** With a key, a second attempt comes to the same secrets as the first. */
function ownSecret(
  context: ExchangeContext,
  { idempotencyKey }: GiftOffer,
  kind: 'giver' | 'ticket',
): string {
  return idempotencyKey === undefined ? newSecret(context, kind) : secretFrom(idempotencyKey, kind);
}

/**
 * Answers what is in the pool now: this gift, or the earlier one of the same ticket. A commit that fails may have
 * happened all the same (R6): the ledger is asked before the bytes are dropped. When it cannot say, the bytes stay, and
 * the sweep settles it later.
 */
async function commit(context: ExchangeContext, gift: NewGift): Promise<GivenGift> {
  const { ledger, vault, events } = context;
  const deadlines = deadlinesFrom(context);
  try {
    const pooled = await ledger.give(gift, deadlines); // mutant: answer-before-commit
    events.publish(pooled.notices);
    return pooled.gift;
  } catch (error) {
    const happened = await ledger.hasGift(gift.key).catch(() => undefined);
    if (happened === false) await vault.remove(gift.key).catch(() => undefined); // mutant: bytes-dropped-in-doubt
    if (happened !== true) throw error;
    events.publish([]);
    return { ...gift, givenAt: deadlines.now };
  }
}
