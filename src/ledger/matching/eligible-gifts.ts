/** Which gifts a receiver may have, and the picks that read eligible gifts in place of rolling for them. */
import { sql } from 'kysely';
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { Random } from '../engine/isolation.ts';
import type { Db, GiftRow, PoolRow } from '../schema/tables.ts';
import { kindOfSlot } from './kind-slots.ts';
import { type KindAllowance, type KindDemand, takeFromAllowance } from './owed-kinds.ts';

/** Gifts that a draw must not return: those of this giver, and those with these bytes. */
export interface Exclusions {
  readonly giver: string;
  readonly sha256: string | null;
}

/** A receiver to pick a gift for. */
export interface PickRequest extends KindDemand {
  readonly exclusions: Exclusions | null;
}

/** The columns of a candidate. */
export const candidateColumns = ['id', 'slot', 'giver', 'sha256', 'kind'] as const;

export type Candidate = Pick<GiftRow, 'id' | 'slot'> & Partial<Pick<GiftRow, 'giver' | 'sha256' | 'kind'>>;

/** Requests that may have the same kinds, and the gifts picked so far. */
export interface Draft {
  readonly pool: PoolRow;
  /** Null means any. */
  readonly kinds: readonly FileKind[] | null;
  readonly requests: readonly PickRequest[];
  readonly picked: (Candidate | undefined)[];
  /** The gifts that any request of the transaction has picked. */
  readonly gone: Set<number>;
  /** How many more gifts of each owed kind may be picked. */
  readonly left: Map<FileKind, number>;
}

export const newDraft = (
  pool: PoolRow,
  kinds: readonly FileKind[] | null,
  requests: readonly PickRequest[],
  gone: Set<number>,
  allowance: KindAllowance,
): Draft => ({
  pool,
  kinds,
  requests,
  picked: requests.map(() => undefined),
  gone,
  left: new Map(allowance),
});

export const isDone = ({ picked }: Draft): boolean => picked.every((gift) => gift !== undefined);

const isExcluded = (gift: Candidate, own: Exclusions | null): boolean =>
  own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256); // mutant: own-gift

const kindOf = ({ slot, kind }: Candidate): FileKind | undefined => kindOfSlot(slot ?? 0) ?? kind;

/** True if a gift is of one of the kinds of a draft. */
export function isOfKinds({ kinds }: Draft, gift: Candidate): boolean {
  const kind = kindOf(gift);
  return kinds === null || (kind !== undefined && kinds.includes(kind));
}

/** True if a request may have this gift, and no other has picked it. */
export function isEligible(draft: Draft, gift: Candidate | undefined, request: PickRequest): gift is Candidate {
  if (gift === undefined || draft.gone.has(gift.id) || isExcluded(gift, request.exclusions)) return false;
  if (draft.kinds === null) return true;
  if (!isOfKinds(draft, gift)) return false;
  const kind = kindOf(gift);
  return kind === undefined || kind === request.owedKind || (draft.left.get(kind) ?? 1) > 0;
}

/** Picks a gift for the request at this index. */
export function take(draft: Draft, index: number, gift: Candidate): void {
  draft.picked[index] = gift;
  draft.gone.add(gift.id);
  const kind = kindOf(gift);
  const request = draft.requests[index];
  if (kind !== undefined && request !== undefined) takeFromAllowance(draft.left, kind, request);
}

/** Picks one of some gifts for each request that has none yet; `mayHave` limits the requests. */
function pickAmong(
  draft: Draft,
  gifts: readonly Candidate[],
  random: Random,
  mayHave: (request: PickRequest) => boolean = () => true,
): void {
  draft.requests.forEach((request, index) => {
    if (draft.picked[index] !== undefined || !mayHave(request)) return;
    const eligible = gifts.filter((gift) => isEligible(draft, gift, request));
    const gift = eligible.length > 0 ? eligible[random(eligible.length)] : undefined;
    if (gift) take(draft, index, gift);
  });
}

/** With this many gifts in the rolled slots, all of one giver, that giver owns nearly the whole pool. */
const minSeen = 8;
/** How many gifts of other givers are read at most. */
const maxOthers = 512;

/**
 * Picks among the gifts of others for receivers who own nearly the whole pool; the index by giver skips their own. If the others
 * are too many to read, rolls hit one: answers the least number of gifts to hit.
 */
export async function pickAmongOthers(
  db: Db,
  draft: Draft,
  seen: readonly Candidate[],
  random: Random,
): Promise<number> {
  const [first] = seen;
  const giver = first?.giver;
  const isOwnedByOne = seen.length >= minSeen && seen.every((gift) => gift.giver === giver);
  if (giver === undefined || !isOwnedByOne) return Number.POSITIVE_INFINITY;
  const others = await giftsOfOthers(db, draft, giver, maxOthers + 1);
  if (others.length > maxOthers) return maxOthers;
  pickAmong(draft, others, random, ({ exclusions }) => exclusions?.giver === giver);
  return Number.POSITIVE_INFINITY;
}

/** The gifts of all givers but one, at most `limit`: two ranges of the index for each kind. */
async function giftsOfOthers(db: Db, draft: Draft, giver: string, limit: number): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const side of ['<', '>'] as const) {
    const gifts = await pooled(db, draft.pool, draft.kinds)
      .select(candidateColumns)
      .where('giver', side, giver)
      .limit(limit - found.length)
      .execute();
    found.push(...gifts);
    if (found.length === limit) break;
  }
  return found;
}

/** By kind even for any, since the index is by pool, kind and giver. */
const pooled = (db: Db, pool: PoolRow, kinds: readonly FileKind[] | null) =>
  db
    .selectFrom('gift')
    .where('pool_id', '=', pool.id)
    .where('kind', 'in', kinds ?? fileKinds)
    .where('slot', 'is not', null);

/** Picks among all gifts of a small pool, or of its kinds; false if there are more than `limit`. */
export async function pickAmongFew(db: Db, draft: Draft, random: Random, limit: number): Promise<boolean> {
  const gifts = await pooled(db, draft.pool, draft.kinds)
    .select(['id', 'giver', 'sha256', 'slot', 'kind'])
    .limit(limit + 1)
    .execute();
  if (gifts.length > limit) return false;
  pickAmong(draft, gifts, random);
  return true;
}

/**
 * Counts the eligible gifts and picks one of them, reading the index by giver only where the gifts of others are. Needs a
 * transaction that no other one takes gifts beside.
 */
export async function pickExactly(
  db: Db,
  pool: PoolRow,
  own: Exclusions | null,
  kinds: readonly FileKind[] | null,
  random: Random,
): Promise<Candidate | undefined> {
  const sides = own === null ? [undefined] : (['<', '>'] as const);
  const parts = sides.map((side) =>
    pooled(db, pool, kinds)
      .$if(side !== undefined, (query) => query.where('giver', side ?? '<', own?.giver ?? ''))
      .$if(own?.sha256 != null, (query) => query.where('sha256', '!=', own?.sha256 ?? '')),
  );
  const counts: number[] = [];
  for (const part of parts) {
    const { count } = await part.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
    counts.push(count);
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let at = random(all);
  for (const [index, part] of parts.entries()) {
    const count = counts[index] ?? 0;
    // Any order will do, since `at` is random.
    if (at < count) return part.select(['id', 'slot']).limit(1).offset(at).executeTakeFirst();
    at -= count;
  }
  return undefined;
}
