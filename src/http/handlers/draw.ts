import type { FastifyReply, FastifyRequest } from 'fastify';
import { paths, pathTo } from '../../contract/api/paths.ts';
import type { DrawAnswer } from '../../contract/api/schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import {
  type DrawnDelivery,
  type DrawOutcome,
  drawAndWait,
  drawFree,
  drawWithTicket,
  isDrawn,
} from '../../exchange/draw.ts';
import { publicPool } from '../../exchange/ports.ts';
import type { LongLivedResponses } from '../connection/long-lived-responses.ts';
import { onceClosed } from '../connection/responses-in-flight.ts';
import type { HttpContext } from '../context.ts';
import { refusePrefetch } from '../limits/prefetch-guard.ts';
import type { RateLimits } from '../limits/rate-limit.ts';
import { type BegunDelivery, beginDelivery, sendDelivery } from '../response/begin-delivery.ts';
import { deliveryAnswer } from '../response/serializers.ts';
import { getStats } from './stats.ts';

/** The longest that `Prefer: wait` holds an answer open, in seconds. */
const maxWaitSeconds = 60;

/** The ticket that a request carries, if any. */
export function bearer(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The giver that a request names, if any. */
export function giverFrom(request: FastifyRequest): string | undefined {
  const giver = request.headers['exchange-giver'];
  return typeof giver === 'string' ? giver : undefined;
}

/** `POST /api/draws` */
export async function postDraw(
  door: HttpContext,
  limits: RateLimits,
  held: LongLivedResponses,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<DrawAnswer> {
  const ticket = bearer(request);
  if (ticket === undefined) throw new Problem('ticket-missing');
  limits.draws.take(request);
  const wait = askedWait(request);
  if (wait > 0) reply.header('preference-applied', `wait=${wait}`);
  const draw = await drawAndWait(door.exchange, ticket, wait * 1000, abortWhenClosed(reply, held));
  if (!isDrawn(draw)) throw new Problem('pool-empty');
  reply.code(201);
  return { delivery: deliveryAnswer(draw) };
}

/** The `wait` preference of RFC 7240, in whole seconds. */
function askedWait(request: FastifyRequest): number {
  const asked = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})/i.exec(String(request.headers.prefer ?? ''));
  return Math.min(maxWaitSeconds, Number(asked?.[1] ?? 0));
}

/** Nobody waits any more: who asked is gone, or we are about to go. */
function abortWhenClosed(reply: FastifyReply, held: LongLivedResponses): AbortSignal {
  const over = new AbortController();
  const end = () => over.abort();
  const forget = held.add(end);
  onceClosed(reply.raw, () => {
    forget();
    end();
  });
  return over.signal;
}

/** `GET /api/download` */
export async function getDownload(
  door: HttpContext,
  limits: RateLimits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  refusePrefetch(request);
  const ticket = bearer(request);
  if (ticket === undefined && request.headers.range !== undefined)
    throw new Problem('range-refused');
  limits.draws.take(request);
  const opened = await openDraw(door, request, () =>
    ticket === undefined
      ? drawFree(door.exchange, publicPool, giverFrom(request))
      : drawWithTicket(door.exchange, ticket),
  );
  if (!opened) throw new Problem('pool-empty');
  return sendDraw(door, request, reply, opened);
}

/** `HEAD /api/download` */
export async function headDownload(door: HttpContext, reply: FastifyReply): Promise<FastifyReply> {
  if (!door.exchange.rules.freeDraws) throw new Problem('free-draws-off');
  if ((await getStats(door)).free_count === 0) throw new Problem('pool-empty');
  return reply.send();
}

export interface OpenedDraw {
  readonly drawn: DrawnDelivery;
  readonly started: BegunDelivery;
}

/** A pool in which this many gifts one after another are damaged has a damaged vault. */
const maxDamaged = 10;

/** Draws until the gift is sound: a damaged one is quarantined before its first byte, and another drawn (P7). */
export async function openDraw(
  door: HttpContext,
  request: FastifyRequest,
  draw: () => Promise<DrawOutcome>,
): Promise<OpenedDraw | undefined> {
  for (let damaged = 0; damaged < maxDamaged; damaged++) {
    const drawn = await draw();
    if (!isDrawn(drawn)) return undefined;
    try {
      return { drawn, started: await beginDelivery(door, request, drawn.delivery) };
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'gift-damaged')) throw error;
      request.log.error({ key: drawn.delivery.gift.key }, 'damaged gift quarantined');
    }
  }
  throw new Problem('storage-failing');
}

/** Sends what was drawn, and says where it can be resumed. */
export async function sendDraw(
  door: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { drawn, started }: OpenedDraw,
): Promise<FastifyReply> {
  const location = { 'content-location': pathTo(paths.delivery, drawn.secret) };
  return sendDelivery(door, request, reply, drawn.delivery, started, location);
}
