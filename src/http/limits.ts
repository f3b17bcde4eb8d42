/** Rate limits: a token bucket per address and purpose, in bounded memory (R18). */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../contract/problems.ts';
import { addressKey } from './address.ts';
import type { Door } from './settings.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Addresses beyond this many push out those that were quiet the longest. */
const mostBuckets = 100_000;
const minute = 60_000;

export interface Limit {
  /** Takes tokens if any are left, else throws `too-many-requests` with the seconds until there are. */
  take(request: FastifyRequest, tokens?: number): void;
  /** Takes tokens whose number only became known afterwards; the debt is paid by waiting. */
  charge(request: FastifyRequest, tokens: number): void;
}

export interface Limits {
  readonly gifts: Limit;
  readonly draws: Limit;
  readonly bytes: Limit;
  /** Thanks and reports. */
  readonly replies: Limit;
}

export function createLimits({ settings, context }: Door): Limits {
  const limit = (perMinute: number) =>
    settings.RATE_LIMIT ? tokenBuckets(perMinute, context.now) : unlimited;
  return {
    gifts: limit(settings.GIFTS_PER_MINUTE),
    draws: limit(settings.DRAWS_PER_MINUTE),
    bytes: limit(settings.BYTES_PER_MINUTE),
    replies: limit(settings.REPLIES_PER_MINUTE),
  };
}

const unlimited: Limit = { take: () => undefined, charge: () => undefined };

/** The token bucket of RFC 2697's kind: full at first, refilled evenly, as deep as a minute's worth. */
function tokenBuckets(perMinute: number, now: () => number): Limit {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (request: FastifyRequest): Bucket => {
    const key = addressKey(request.ip);
    const time = now();
    const bucket = buckets.get(key) ?? { tokens: perMinute, at: time };
    const refill = (Math.max(0, time - bucket.at) * perMinute) / minute;
    bucket.tokens = Math.min(perMinute, bucket.tokens + refill);
    bucket.at = time;
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > mostBuckets && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  };
  return {
    take: (request, tokens = 1) => {
      const bucket = bucketOf(request);
      if (bucket.tokens < tokens) {
        const missing = Math.min(tokens, perMinute) - bucket.tokens;
        throw new Problem('too-many-requests', {
          retryAfter: Math.max(1, Math.ceil((missing * minute) / perMinute / 1000)),
        });
      }
      bucket.tokens -= tokens;
    },
    charge: (request, tokens) => {
      bucketOf(request).tokens -= tokens;
    },
  };
}
