/** Server-Sent Events (WHATWG HTML, section 9.2): pool statistics and ticket states as they change. */
import type { FastifyReply } from 'fastify';
import { endingNotice, nextEnd } from '../../exchange/ends.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import { lookUpTicket } from '../../exchange/withdraw.ts';
import { onceClosed } from '../connection/responses-in-flight.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { ticketInPath } from '../request/credentials.ts';
import { apiAnswer } from '../response/headers.ts';
import { ticketAnswer } from '../response/serializers.ts';

/** Changes within this time are sent as one event, in milliseconds. */
const coalesceMs = 250;
/** The pause between comments that keep an idle stream open, in milliseconds. Proxies close it after about a minute. */
const heartbeatMs = 15_000;

interface EventSource {
  readonly event: string;
  /** The data of the next event. */
  read(): Promise<unknown>;
  subscribe(changed: () => void): () => void;
}

/** `GET /api/pool/events` */
export async function getPoolEvents(
  context: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  return streamEvents(context, request, reply, {
    event: 'stats',
    read: context.liveStats,
    subscribe: (changed) => context.exchange.events.onPool(changed),
  });
}

/** `GET /api/tickets/{ticket}/events` */
export async function getTicketEvents(
  context: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { exchange } = context;
  const ticket = ticketInPath(request);
  const { id } = await lookUpTicket(exchange, ticket);
  const ending = createTimer(exchange);
  return streamEvents(context, request, reply, {
    event: 'ticket',
    read: async () => {
      const facts = await lookUpTicket(exchange, ticket);
      const end = nextEnd(facts, exchange.rules);
      ending.set(end === undefined ? undefined : end - endingNotice);
      return ticketAnswer(facts, exchange);
    },
    subscribe: (changed) => {
      const stop = exchange.events.onTicket(id, changed);
      const end = ending.start(changed);
      return () => {
        stop();
        end();
      };
    },
  });
}

/** The longest time that a timer takes, in milliseconds. */
const maxTimer = 2 ** 31 - 1;

/** Calls back at a time that may be set anew, unless it is over already. */
export function createTimer({ now }: Pick<ExchangeContext, 'now'>) {
  let timer: NodeJS.Timeout | undefined;
  let changed: (() => void) | undefined;
  const set = (at: number | undefined) => {
    clearTimeout(timer);
    const wait = at === undefined ? 0 : at - now();
    if (wait <= 0 || !changed) return;
    timer = setTimeout(() => (wait <= maxTimer ? changed?.() : set(at)), Math.min(wait, maxTimer)).unref();
  };
  return {
    set,
    /** Answers how to stop. */
    start: (onTime: () => void) => {
      changed = onTime;
      return () => {
        changed = undefined;
        clearTimeout(timer);
      };
    },
  };
}

/** Sends events until the client or the server closes. Data that has not changed is not sent again: it may be another pool that did. */
export function streamEvents(
  { concurrency, inFlight, longLived }: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
  source: EventSource,
): FastifyReply {
  concurrency.enter(request, reply, 'streams');
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    ...apiAnswer,
    connection: 'close',
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\n');
  let sent = '';
  const send = coalesced(async () => {
    // A slow reader misses events in between, and always gets the latest state.
    if (raw.writableNeedDrain) return;
    const data = JSON.stringify(await source.read());
    if (data === sent) return;
    sent = data;
    if (!raw.writableEnded) raw.write(`event: ${source.event}\ndata: ${data}\n\n`);
  });
  const unsubscribe = source.subscribe(() => send().catch(end));
  const pulse = setInterval(() => raw.write(': alive\n\n'), heartbeatMs);
  const end = () => {
    clearInterval(pulse);
    raw.end();
  };
  // Responses behind an endless one would wait in memory for ever.
  inFlight.endAfter(raw, end);
  const remove = longLived.add(end);
  onceClosed(raw, () => {
    unsubscribe();
    end();
    remove();
  });
  send().catch((err: unknown) => {
    request.log.error({ err }, 'event stream failed');
    end();
  });
  return reply;
}

/** Runs at once, then at most once per `coalesceMs`, and always once after the last call. */
function coalesced(act: () => Promise<void>): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  let planned: Promise<void> | undefined;
  return () => {
    planned ??= pause(Math.max(0, last + coalesceMs - performance.now())).then(() => {
      planned = undefined;
      last = performance.now();
      return act();
    });
    return planned;
  };
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
