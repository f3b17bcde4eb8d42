/** How many long requests of one client may be under way at a time, in each process. */
import type { FastifyReply } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import { onceClosed } from '../connection/responses-in-flight.ts';
import type { ConcurrencyLimits, HttpSettings } from '../context.ts';
import { clientAddress, clientKey } from '../request/client-address.ts';

const maxAtOnce = { uploads: 64, transfers: 64, streams: 32, waits: 32 } as const;
/** Transfers of one delivery: a client that resumes may not have closed the connection before. */
const maxOfDelivery = 4;
/** A guess, in seconds: nothing tells when one of them ends. */
const retryAfter = 5;

export function createConcurrencyLimits({ RATE_LIMIT }: Pick<HttpSettings, 'RATE_LIMIT'>): ConcurrencyLimits {
  const open = new Map<string, number>();
  const count = (key: string, limit: number, { raw }: FastifyReply) => {
    const others = open.get(key) ?? 0;
    if (others >= limit) throw new Problem('too-many-at-once', { retryAfter });
    open.set(key, others + 1);
    onceClosed(raw, () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
  };
  if (!RATE_LIMIT) return { enter: () => undefined, enterDelivery: () => undefined };
  return {
    enter: (request, reply, purpose) => {
      count(`${purpose} ${clientKey(clientAddress(request))}`, maxAtOnce[purpose], reply);
    },
    enterDelivery: (reply, secret) => count(secret, maxOfDelivery, reply),
  };
}
