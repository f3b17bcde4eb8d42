/**
 * Rate limits: a token bucket per address and purpose, in bounded memory (R18). Several processes share their usage by
 * `rate-limit-sync.ts`.
 */
import { Problem } from '../../contract/problems/problem.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { HttpOptions, RateLimit, RateLimits } from '../context.ts';
import { addressKey } from '../request/client-address.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** How many buckets are kept; the least recently used address is dropped first. */
const maxBuckets = 100_000;
const minute = 60_000;

/** The token buckets of one limit, whose usage can be shared with other processes. */
export interface TokenBuckets extends RateLimit {
  readonly perMinute: number;
  /** Tokens taken since the last call, by address; recorded only in a shared exchange. */
  usage(): ReadonlyMap<string, number>;
  /** Subtracts tokens taken in other processes. The debt is at most a minute's worth. */
  subtract(address: string, tokens: number): void;
}

export function createRateLimits({
  settings,
  exchange,
}: Pick<HttpOptions, 'settings' | 'exchange'>): Readonly<Record<keyof RateLimits, TokenBuckets>> {
  const limit = (perMinute: number) => (settings.RATE_LIMIT ? tokenBuckets(perMinute, exchange) : unlimited);
  return {
    gifts: limit(settings.GIFTS_PER_MINUTE),
    draws: limit(settings.DRAWS_PER_MINUTE),
    bytes: limit(settings.BYTES_PER_MINUTE),
    replies: limit(settings.REPLIES_PER_MINUTE),
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
function tokenBuckets(perMinute: number, { now, isShared }: Pick<ExchangeContext, 'now' | 'isShared'>): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  let taken = new Map<string, number>();
  const bucketOf = (key: string): Bucket => {
    const time = now();
    const bucket = buckets.get(key) ?? { tokens: perMinute, at: time };
    const refill = (Math.max(0, time - bucket.at) * perMinute) / minute;
    bucket.tokens = Math.min(perMinute, bucket.tokens + refill);
    bucket.at = time;
    buckets.delete(key);
    buckets.set(key, bucket);
    const [leastRecent] = buckets.keys();
    if (buckets.size > maxBuckets && leastRecent !== undefined) buckets.delete(leastRecent);
    return bucket;
  };
  const spend = (key: string, tokens: number) => {
    bucketOf(key).tokens -= tokens;
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
    subtract: (address, tokens) => {
      const bucket = bucketOf(address);
      bucket.tokens = Math.max(bucket.tokens - tokens, Math.min(bucket.tokens, -perMinute));
    },
    take: (request, tokens = 1) => {
      const key = addressKey(request.ip);
      const bucket = bucketOf(key);
      if (bucket.tokens < tokens) {
        const missing = Math.min(tokens, perMinute) - bucket.tokens;
        throw new Problem('too-many-requests', {
          retryAfter: Math.max(1, Math.ceil((missing * minute) / perMinute / 1000)),
        });
      }
      spend(key, tokens);
    },
    charge: (request, tokens) => spend(addressKey(request.ip), tokens),
  };
}
