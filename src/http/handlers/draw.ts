import type { FastifyReply, FastifyRequest } from 'fastify';
import { headers, paths, pathTo } from '../../contract/api/paths.ts';
import type { DrawAnswer } from '../../contract/api/schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { findReadableDelivery } from '../../exchange/deliver.ts';
import {
  type DrawnDelivery,
  type DrawOutcome,
  drawAndWait,
  drawFree,
  drawWithTicket,
  isDrawn,
} from '../../exchange/draw.ts';
import type { OpenedRoom } from '../../exchange/rooms/rooms.ts';
import { publicPool } from '../../exchange/rules.ts';
import { onceClosed } from '../connection/responses-in-flight.ts';
import type { HttpContext, RateLimit } from '../context.ts';
import { accountOf } from '../limits/account-guard.ts';
import { refusePrefetch } from '../limits/prefetch-guard.ts';
import { chosenRoom } from '../limits/room-guard.ts';
import { giverFrom, ticketFrom } from '../request/credentials.ts';
import { kindsFrom, wishFrom } from '../request/wish.ts';
import { type BegunDelivery, beginDelivery, sendDelivery } from '../response/begin-delivery.ts';
import { deliveryAnswer, instant } from '../response/serializers.ts';
import { isDamage } from '../response/stream-file.ts';
import { readStats } from './stats.ts';

/** How long `Prefer: wait` holds a response open at most, in seconds. */
const maxWaitSeconds = 60;

/** `POST /api/draws` */
export async function postDraw(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<DrawAnswer | FastifyReply> {
  const ticket = ticketFrom(request);
  if (ticket === undefined) throw new Problem('ticket-missing');
  const wish = wishFrom(request);
  context.limits.draws.take(request);
  const wait = waitPreference(request);
  if (wait > 0) {
    context.concurrency.enter(request, reply, 'waits');
    reply.header('preference-applied', `wait=${wait}`);
  }
  const signal = abortWhenClosed(context, reply);
  const draw = await drawAndWait(context.exchange, ticket, { wish, maxWait: wait * 1000, signal });
  if (!isDrawn(draw) && isMinimal(request)) return reply.code(204).send();
  if (!isDrawn(draw)) throw new Problem('pool-empty');
  reply.code(201);
  return { delivery: deliveryAnswer(draw, context.settings.BASE_URL.path) };
}

/** True for the `return=minimal` preference of RFC 7240: browsers log a refusal as an error, and an empty pool is none. */
const isMinimal = ({ headers }: FastifyRequest) =>
  /(?:^|[,;\s])return\s*=\s*"?minimal/i.test(String(headers.prefer ?? ''));

/** The `wait` preference of RFC 7240, in whole seconds. */
function waitPreference(request: FastifyRequest): number {
  const asked = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})/i.exec(String(request.headers.prefer ?? ''));
  return Math.min(maxWaitSeconds, Number(asked?.[1] ?? 0));
}

/** Aborts when the client disconnects or the server closes. */
function abortWhenClosed({ longLived }: HttpContext, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const remove = longLived.add(abort);
  onceClosed(reply.raw, () => {
    remove();
    abort();
  });
  return controller.signal;
}

/** `GET /api/download` */
export async function getDownload(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  refusePrefetch(request);
  const ticket = ticketFrom(request);
  const kinds = ticket === undefined ? kindsFrom(request) : null;
  const wish = ticket === undefined ? undefined : wishFrom(request);
  const room = ticket === undefined ? await chosenRoom(context, request) : undefined;
  if (room?.round) throw new Problem('round-by-ticket');
  const cookie = drawCookieOf(room);
  const again = ticket === undefined ? await repeatedDraw(context.exchange, request, cookie) : undefined;
  const isFree = ticket === undefined && !again;
  if (isFree && request.headers.range !== undefined) throw new Problem('range-refused');
  context.limits.draws.take(request);
  const { accounts } = context;
  const account = accounts && isFree ? await accountOf(context, accounts, request, reply) : undefined;
  context.concurrency.enter(request, reply, 'transfers');
  const begun = again
    ? { drawn: again, begun: await beginDelivery(context, request, reply, again.delivery) }
    : await beginDraw(context, request, reply, () =>
        ticket === undefined
          ? drawWithin(room ? undefined : context.limits.freeDraws, request, () =>
              drawFree(context.exchange, room?.pool ?? publicPool, account?.giver ?? giverFrom(request), kinds),
            )
          : drawWithTicket(context.exchange, ticket, wish),
      );
  if (!begun) throw new Problem('pool-empty');
  if (isFree) rememberDraw(context, request, reply, begun.drawn, cookie);
  if (account) await accounts?.history.noteDraw(account, begun.drawn.secret);
  return sendDraw(context, request, reply, begun);
}

/** Draws within a limit, which a room has not. An empty pool or a failure costs nothing. */
async function drawWithin(
  limit: RateLimit | undefined,
  request: FastifyRequest,
  draw: () => Promise<DrawOutcome>,
): Promise<DrawOutcome> {
  limit?.take(request);
  let outcome: DrawOutcome | undefined;
  try {
    outcome = await draw();
    return outcome;
  } finally {
    if (!outcome || !isDrawn(outcome)) limit?.giveBack(request);
  }
}

/** The cookie of a draw: each room has one of its own. */
const drawCookieOf = (room: OpenedRoom | undefined): string =>
  room ? `exchange-delivery-${room.id}` : 'exchange-delivery';

/** How long a browser that asks again gets the same gift, in seconds. */
const repeatSeconds = 5;

/**
 * Some browsers ask twice for one click; a cookie tells them from another receiver behind the same address. Only a navigation
 * gets it, so that scripts with cookies draw anew.
 */
function rememberDraw(
  { settings }: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { secret }: DrawnDelivery,
  cookie: string,
): void {
  if (request.headers['sec-fetch-mode'] !== 'navigate') return;
  const limits = `Max-Age=${repeatSeconds}; Path=${settings.BASE_URL.path}${paths.download}; HttpOnly; SameSite=Lax`;
  reply.header('set-cookie', `${cookie}=${secret}; ${limits}`);
}

/** The delivery that the same browser drew a moment ago, if its bytes are still there. */
async function repeatedDraw(exchange: HttpContext['exchange'], request: FastifyRequest, cookie: string) {
  const secret = new RegExp(`(?:^|; )${cookie}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
  if (secret === undefined) return undefined;
  try {
    return { secret, delivery: await findReadableDelivery(exchange, secret) };
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return undefined;
    throw error;
  }
}

/** `HEAD /api/download` */
export async function headDownload(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { exchange } = context;
  const kinds = kindsFrom(request);
  if (!exchange.rules.freeDraws) throw new Problem('free-draws-off');
  const room = await chosenRoom(context, request);
  const stats = await readStats(exchange, room?.pool);
  const isThere = stats.kinds.some(({ kind, free_count }) => free_count > 0 && (kinds?.includes(kind) ?? true));
  if (!isThere) throw new Problem('pool-empty');
  return reply.send();
}

interface BegunDraw {
  readonly drawn: DrawnDelivery;
  readonly begun: BegunDelivery;
}

/** After this many damaged gifts in a row the vault is taken for damaged. */
const maxDamaged = 10;

/** Draws until a gift is sound: a damaged one is quarantined before its first byte, and another is drawn (P7). */
export async function beginDraw(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  draw: () => Promise<DrawOutcome>,
): Promise<BegunDraw | undefined> {
  for (let damaged = 0; damaged < maxDamaged; damaged++) {
    const drawn = await draw();
    if (!isDrawn(drawn)) return undefined;
    try {
      return { drawn, begun: await beginDelivery(context, request, reply, drawn.delivery) };
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  throw new Problem('storage-failing');
}

/** Sends a drawn gift, with the address at which it can be resumed. */
export async function sendDraw(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { drawn, begun }: BegunDraw,
): Promise<FastifyReply> {
  const about = {
    'content-location': context.settings.BASE_URL.path + pathTo(paths.delivery, drawn.secret),
    [headers.expires.toLowerCase()]: instant(drawn.delivery.leaseUntil),
  };
  return sendDelivery(context, request, reply, drawn.delivery, begun, about);
}
