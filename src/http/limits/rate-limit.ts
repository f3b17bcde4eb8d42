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

/** The token buckets of one limit, whose usage can be shared with other processes. */
export interface TokenBuckets extends RateLimit {
  readonly perMinute: number;
  /** Tokens taken since the last call, by the key of the bucket; recorded only in a shared exchange. */
  usage(): ReadonlyMap<string, number>;
  /** Subtracts tokens taken in other processes. The debt is at most a minute's worth. */
  subtract(key: string, tokens: number): void;
}

/** The buckets of a request. All must have the tokens that it takes. */
type BucketsOf = (request: FastifyRequest) => readonly AddressRange[];

export function createRateLimits({
  settings,
  exchange,
}: Pick<HttpOptions, 'settings' | 'exchange'>): Readonly<Record<keyof RateLimits, TokenBuckets>> {
  const limit = (perMinute: number, bucketsOf: BucketsOf) =>
    settings.RATE_LIMIT ? tokenBuckets(perMinute, bucketsOf, exchange) : unlimited;
  const byAddress: BucketsOf = (request) => addressRanges(clientAddress(request));
  return {
    gifts: limit(settings.GIFTS_PER_MINUTE, byAddress),
    draws: limit(settings.DRAWS_PER_MINUTE, byAddress),
    bytes: limit(settings.BYTES_PER_MINUTE, byAddress),
    replies: limit(settings.REPLIES_PER_MINUTE, byAddress),
    signIns: limit(settings.SIGN_INS_PER_MINUTE, byAddress),
    origins: limit(settings.ORIGIN_CHANGES_PER_MINUTE, ({ headers }) => [{ key: headers.origin ?? '', share: 1 }]),
  };
}

const unlimited: TokenBuckets = {
  perMinute: Number.POSITIVE_INFINITY,
  take: () => undefined,
  charge: () => undefined,
  usage: () => new Map(),
  subtract: () => undefined,
};

/** Token buckets as of RFC 2697: full at first, refilled evenly, with the capacity of one minute. */
function tokenBuckets(
  perMinute: number,
  bucketsOf: BucketsOf,
  { now, isShared }: Pick<ExchangeContext, 'now' | 'isShared'>,
): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  let taken = new Map<string, number>();
  const refill = (bucket: Bucket, time: number) => {
    const { capacity } = bucket;
    bucket.tokens = Math.min(capacity, bucket.tokens + (Math.max(0, time - bucket.at) * capacity) / minute);
    bucket.at = time;
  };
  const bucketOf = ({ key, share }: AddressRange): Bucket => {
    const capacity = perMinute * share;
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
    if (isShared && tokens > 0 && (taken.has(key) || taken.size < maxBuckets))
      taken.set(key, (taken.get(key) ?? 0) + tokens);
  };
  return {
    perMinute,
    usage: () => {
      const since = taken;
      taken = new Map();
      return since;
    },
    subtract: (key, tokens) => {
      const bucket = buckets.get(key);
      if (!bucket) return;
      refill(bucket, now());
      bucket.tokens = Math.max(bucket.tokens - tokens, Math.min(bucket.tokens, -bucket.capacity));
    },
    take: (request, tokens = 1) => {
      const ranges = bucketsOf(request);
      const own = ranges.map(bucketOf);
      const short = own.find(({ tokens: left }) => left < tokens);
      if (short) {
        const missing = Math.min(tokens, short.capacity) - short.tokens;
        const retryAfter = Math.max(1, Math.ceil((missing * minute) / short.capacity / 1000));
        throw new Problem('too-many-requests', { retryAfter });
      }
      ranges.forEach((range, at) => {
        spend(range, own[at] as Bucket, tokens);
      });
    },
    charge: (request, tokens) => {
      for (const range of bucketsOf(request)) spend(range, bucketOf(range), tokens);
    },
  };
}
