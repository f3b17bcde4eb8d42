/**
 * Rate limits: a token bucket per address and purpose, in bounded memory (R18). Where several processes serve the same
 * addresses, they tell each other what was spent; see `shared-limits.ts`.
 */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { HttpContext } from '../context.ts';
import { addressKey } from '../request/client-address.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Addresses beyond this many push out those that were quiet the longest. */
const mostBuckets = 100_000;
const minute = 60_000;

export interface RateLimit {
  /** Takes tokens if any are left, else throws `too-many-requests` with the seconds until there are. */
  take(request: FastifyRequest, tokens?: number): void;
  /** Takes tokens whose number only became known afterwards; the debt is paid by waiting. */
  charge(request: FastifyRequest, tokens: number): void;
}

export interface RateLimits {
  readonly gifts: RateLimit;
  readonly draws: RateLimit;
  readonly bytes: RateLimit;
  /** Thanks and reports. */
  readonly replies: RateLimit;
}

/** A limit that can be shared with other processes. */
export interface TokenBuckets extends RateLimit {
  readonly perMinute: number;
  /** What addresses spent here since this was asked last, in tokens; noted only where it is shared. */
  spent(): ReadonlyMap<string, number>;
  /** Takes tokens off that an address has spent elsewhere; it never owes more than a minute's worth for that. */
  takeOff(address: string, tokens: number): void;
}

export function createRateLimits({
  settings,
  exchange,
}: Pick<HttpContext, 'settings' | 'exchange'>): Readonly<Record<keyof RateLimits, TokenBuckets>> {
  const limit = (perMinute: number) =>
    settings.RATE_LIMIT ? tokenBuckets(perMinute, exchange) : unlimited;
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
  spent: () => new Map(),
  takeOff: () => undefined,
};

/** The token bucket of RFC 2697's kind: full at first, refilled evenly, as deep as a minute's worth. */
function tokenBuckets(
  perMinute: number,
  { now, isShared }: Pick<ExchangeContext, 'now' | 'isShared'>,
): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  let spent = new Map<string, number>();
  const bucketOf = (key: string): Bucket => {
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
  const spend = (key: string, tokens: number) => {
    bucketOf(key).tokens -= tokens;
    if (isShared && tokens > 0 && (spent.has(key) || spent.size < mostBuckets))
      spent.set(key, (spent.get(key) ?? 0) + tokens);
  };
  return {
    perMinute,
    spent: () => {
      const told = spent;
      spent = new Map();
      return told;
    },
    takeOff: (address, tokens) => {
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
