/** Server-Sent Events (WHATWG HTML, section 9.2): live statistics, and live news of a ticket. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { findTicket } from '../../exchange/withdraw.ts';
import type { LongLivedResponses } from '../connection/long-lived-responses.ts';
import { onceClosed } from '../connection/responses-in-flight.ts';
import type { HttpContext } from '../context.ts';
import { apiAnswer } from '../response/headers.ts';
import { ticketAnswer } from '../response/serializers.ts';
import type { TicketParams } from './tickets.ts';

/** Changes that come faster than this are told together, in milliseconds. */
const coalescing = 250;
/** A silent stream says this often that it is alive, in milliseconds; proxies cut silent ones after a minute or so. */
const heartbeat = 15_000;

interface Source {
  readonly event: string;
  /** What to say now. */
  read(): Promise<unknown>;
  subscribe(changed: () => void): () => void;
}

/** `GET /api/pool/events` */
export async function getPoolEvents(
  { exchange }: HttpContext,
  read: () => Promise<PoolStats>,
  held: LongLivedResponses,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  return stream(held, request, reply, {
    event: 'stats',
    read,
    subscribe: (changed) => exchange.events.onPool(changed),
  });
}

/** `GET /api/tickets/{ticket}/events` */
export async function getTicketEvents(
  door: HttpContext,
  held: LongLivedResponses,
  request: TicketParams,
  reply: FastifyReply,
) {
  const { ticket } = request.params;
  const { id } = await findTicket(door.exchange, ticket);
  return stream(held, request, reply, {
    event: 'ticket',
    read: async () => ticketAnswer(await findTicket(door.exchange, ticket)),
    subscribe: (changed) => door.exchange.events.onTicket(id, changed),
  });
}

function stream(
  held: LongLivedResponses,
  request: FastifyRequest,
  reply: FastifyReply,
  source: Source,
): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    ...apiAnswer,
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\n');
  const say = coalesced(async () => {
    // Who reads too slowly misses what lies between, never the last word.
    if (raw.writableNeedDrain) return;
    raw.write(`event: ${source.event}\ndata: ${JSON.stringify(await source.read())}\n\n`);
  });
  const unsubscribe = source.subscribe(() => say().catch(end));
  const pulse = setInterval(() => raw.write(': alive\n\n'), heartbeat);
  const end = () => void raw.end();
  const forget = held.add(end);
  onceClosed(raw, () => {
    unsubscribe();
    clearInterval(pulse);
    forget();
  });
  say().catch((err: unknown) => {
    request.log.error({ err }, 'event stream failed');
    end();
  });
  return reply;
}

/** Runs at once, then at most once per `coalescing`, and always once after the last call. */
function coalesced(act: () => Promise<void>): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  let planned: Promise<void> | undefined;
  return () => {
    planned ??= pause(Math.max(0, last + coalescing - performance.now())).then(() => {
      planned = undefined;
      last = performance.now();
      return act();
    });
    return planned;
  };
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
