/**
 * Rate limits: a token bucket per client and purpose, and larger ones for its networks, in bounded memory (R18). Several
 * processes share their usage by `rate-limit-sync.ts`.
 */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { HttpOptions, RateLimit, RateLimits } from '../context.ts';
import { type AddressRange, addressRanges, clientAddress } from '../request/client-address.ts';

interface Bucket {
  tokens: number;
  at: number;
  readonly capacity: number;
}

/** How many buckets are kept; the least recently used one is dropped first. */
const maxBuckets = 100_000;
const minute = 60_000;
const hour = 60 * minute;

/** A count of one limit that processes share. */
export interface SharedCount {
  /** The tokens of a full bucket. */
  readonly capacity: number;
  /** The tokens counted since the last call, by the key of the bucket; only in a shared exchange. */
  usage(): ReadonlyMap<string, number>;
  /** Applies what other processes counted. The debt of a bucket is at most its capacity. */
  apply(key: string, tokens: number): void;
}

/** The token buckets of one limit. Its own count is of the tokens taken. */
export interface TokenBuckets extends RateLimit, SharedCount {
  /** The count of the tokens given back. */
  readonly returned: SharedCount;
}

/** The buckets of a request. All must have the tokens that it takes. */
type BucketsOf = (request: FastifyRequest) => readonly AddressRange[];

export function createRateLimits({
  settings,
  exchange,
}: Pick<HttpOptions, 'settings' | 'exchange'>): Readonly<Record<keyof RateLimits, TokenBuckets>> {
  const limit = (capacity: number, bucketsOf: BucketsOf, period = minute) =>
    settings.RATE_LIMIT ? tokenBuckets({ capacity, period }, bucketsOf, exchange) : unlimited;
  const byAddress: BucketsOf = (request) => addressRanges(clientAddress(request));
  return {
    gifts: limit(settings.GIFTS_PER_MINUTE, byAddress),
    draws: limit(settings.DRAWS_PER_MINUTE, byAddress),
    freeDraws: limit(settings.FREE_DRAWS_PER_HOUR, byAddress, hour),
    bytes: limit(settings.BYTES_PER_MINUTE, byAddress),
    replies: limit(settings.REPLIES_PER_MINUTE, byAddress),
    signIns: limit(settings.SIGN_INS_PER_MINUTE, byAddress),
    rooms: limit(settings.ROOMS_PER_HOUR, byAddress, hour),
    roomCodes: limit(settings.ROOM_CODES_PER_MINUTE, byAddress),
    origins: limit(settings.ORIGIN_CHANGES_PER_MINUTE, ({ headers }) => [{ key: headers.origin ?? '', share: 1 }]),
  };
}

const uncounted: SharedCount = {
  capacity: Number.POSITIVE_INFINITY,
  usage: () => new Map(),
  apply: () => undefined,
};

const nothing = () => undefined;

const unlimited: TokenBuckets = {
  ...uncounted,
  take: nothing,
  charge: nothing,
  giveBack: nothing,
  returned: uncounted,
};

/** The count for other processes, until they are told. */
function createCounts(isShared: boolean) {
  let counts = new Map<string, number>();
  return {
    add: (key: string, tokens: number) => {
      if (isShared && (counts.has(key) || counts.size < maxBuckets)) counts.set(key, (counts.get(key) ?? 0) + tokens);
    },
    usage: () => {
      const since = counts;
      counts = new Map();
      return since;
    },
  };
}

/** Token buckets as of RFC 2697: full at first, and refilled evenly within the period, in milliseconds. */
function tokenBuckets(
  { capacity: ownCapacity, period }: { readonly capacity: number; readonly period: number },
  bucketsOf: BucketsOf,
  { now, isShared }: Pick<ExchangeContext, 'now' | 'isShared'>,
): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  const [taken, returned] = [createCounts(isShared), createCounts(isShared)];
  const refill = (bucket: Bucket, time: number) => {
    const { capacity, tokens } = bucket;
    const fresh = (Math.max(0, time - bucket.at) * capacity) / period;
    // Tokens that were given back may exceed the capacity.
    bucket.tokens = Math.max(tokens, Math.min(capacity, tokens + fresh));
    bucket.at = time;
  };
  const bucketOf = ({ key, share }: AddressRange): Bucket => {
    const capacity = ownCapacity * share;
    const bucket = buckets.get(key) ?? { tokens: capacity, at: now(), capacity };
    refill(bucket, now());
    buckets.delete(key);
    buckets.set(key, bucket);
    const [leastRecent] = buckets.keys();
    if (buckets.size > maxBuckets && leastRecent !== undefined) buckets.delete(leastRecent);
    return bucket;
  };
  const spend = ({ key }: AddressRange, bucket: Bucket, tokens: number) => {
    bucket.tokens -= tokens;
    if (tokens > 0) taken.add(key, tokens);
  };
  const applyTo = (key: string, change: (bucket: Bucket) => number) => {
    const bucket = buckets.get(key);
    if (!bucket) return;
    refill(bucket, now());
    bucket.tokens = change(bucket);
  };
  return {
    capacity: ownCapacity,
    usage: taken.usage,
    apply: (key, count) =>
      applyTo(key, ({ tokens, capacity }) => Math.max(tokens - count, Math.min(tokens, -capacity))),
    returned: {
      capacity: ownCapacity,
      usage: returned.usage,
      apply: (key, count) => applyTo(key, ({ tokens }) => tokens + count),
    },
    take: (request, tokens = 1) => {
      const ranges = bucketsOf(request);
      const own = ranges.map(bucketOf);
      const short = own.find(({ tokens: left }) => left < tokens);
      if (short) {
        const missing = Math.min(tokens, short.capacity) - short.tokens;
        const retryAfter = Math.max(1, Math.ceil((missing * period) / short.capacity / 1000));
        throw new Problem('too-many-requests', { retryAfter });
      }
      ranges.forEach((range, at) => {
        spend(range, own[at] as Bucket, tokens);
      });
    },
    charge: (request, tokens) => {
      for (const range of bucketsOf(request)) spend(range, bucketOf(range), tokens);
    },
    giveBack: (request) => {
      for (const range of bucketsOf(request)) {
        bucketOf(range).tokens += 1;
        returned.add(range.key, 1);
      }
    },
  };
}
