/** The typed client of the page and the tests. It needs only `fetch`, and stays small in a browser. */
import { headers, paths, pathTo } from './api/paths.ts';
import type {
  Delivery,
  DrawAnswer,
  ExchangeAnswer,
  PoolStats,
  ReportBody,
  ThanksBody,
  TicketStatus,
  UploadAnswer,
} from './api/schemas.ts';
import { problemFrom } from './problems/problem.ts';

/** A free draw: the address of the delivery, and the response with its bytes. */
interface FreeDraw {
  readonly url: string;
  readonly response: Response;
}

interface FileToGive {
  readonly name: string;
  readonly bytes: Blob;
}

/** The kinds to draw: `{ kind: 'image,audio' }`, `{ kind: 'any' }`, or `{ match: 'kind' }` for the kind that was given. */
export type WishQuery = { readonly kind: string } | { readonly match: 'kind' };

interface GiveOptions {
  /** A shorter life, such as `3d`, or its end as an ISO 8601 time. */
  readonly expires?: string | undefined;
  /** Removes what the file says about its giver. */
  readonly stripMetadata?: boolean | undefined;
  /** The kinds that the ticket draws; any without it. */
  readonly wish?: WishQuery | undefined;
  /** The giver ID of an earlier answer, so that own gifts are never drawn. */
  readonly giver?: string | undefined;
  /** Idempotency key: 22 to 128 random characters of A–Z, a–z, 0–9, - and _. Makes retries safe. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Replaces `fetch`, for instance to show progress. */
  readonly send?: typeof fetch;
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface Client {
  poolStats(): Promise<PoolStats>;
  /** Gives without earning a ticket. */
  upload(file: FileToGive, options?: GiveOptions): Promise<UploadAnswer>;
  /** Gives and earns a ticket; draws nothing yet. */
  give(file: FileToGive, options?: GiveOptions): Promise<ExchangeAnswer>;
  /** The answer to the gift that was sent with a key; undefined if none came with it yet. */
  given(options: Required<Pick<GiveOptions, 'giver' | 'key'>> & Cancellable): Promise<ExchangeAnswer | undefined>;
  /** Waits up to `wait` seconds for a gift; undefined if there is none yet. */
  draw(
    ticket: string,
    options?: { readonly wait?: number; readonly wish?: WishQuery; readonly signal?: AbortSignal },
  ): Promise<Delivery | undefined>;
  /** Draws without a ticket, never a gift of the giver with this ID. */
  drawFree(
    options?: Pick<GiveOptions, 'giver' | 'signal'> & { readonly wish?: { readonly kind: string } },
  ): Promise<FreeDraw>;
  /** The bytes of a delivery, starting at byte `from`. */
  fetchDelivery(delivery: Pick<Delivery, 'url'>, options?: Cancellable & { readonly from?: number }): Promise<Response>;
  /** The metadata of a delivery. Changes nothing. */
  facts(delivery: Pick<Delivery, 'url'>, options?: Cancellable): Promise<Delivery>;
  received(delivery: Pick<Delivery, 'url'>): Promise<void>;
  /** Thanks the giver; replaces an earlier thanks. */
  thank(delivery: Pick<Delivery, 'url'>, emoji: ThanksBody['emoji']): Promise<void>;
  /** Reports the file to the operator. */
  report(delivery: Pick<Delivery, 'url'>, report: ReportBody): Promise<void>;
  ticket(ticket: string, options?: Cancellable): Promise<TicketStatus>;
  /** Shortens the life of a gift and of its ticket, to `3d` from now or to a time. */
  shorten(ticket: string, expires: string): Promise<TicketStatus>;
  /** Appeals once against the removal of a gift. */
  appeal(ticket: string, text: string): Promise<TicketStatus>;
  /** Withdraws a gift with its ticket. */
  withdraw(ticket: string, options?: Cancellable): Promise<void>;
  /** URL of a stream of Server-Sent Events. */
  eventsUrl(of: 'pool' | { readonly ticket: string }): string;
}

/**
 * Creates a client of the service at `base`, a URL or a path without a trailing slash. Its methods throw a `Problem` for a refused
 * request; the URLs of its deliveries are relative to the service.
 */
export function createClient(base = '', request: typeof fetch = (...args) => fetch(...args)): Client {
  const { call, callJson, callDelivery, ownDelivery, postJson, postFile } = createCalls(base, request);
  return {
    poolStats: () => callJson(paths.poolStats),
    upload: (file, options) => postFile(paths.upload, file, options),
    give: (file, options) => postFile(paths.exchange, file, options),
    given: async ({ giver, key, signal }) => {
      const own = { ...(giver ? { [headers.giver]: giver } : {}), [headers.idempotencyKey]: key ?? '' };
      return callJson<ExchangeAnswer | undefined>(paths.exchange, { headers: own, ...withSignal(signal) });
    },
    draw: async (ticket, { wait = 0, wish, signal } = {}) => {
      const authorization = `Bearer ${ticket}`;
      const headers = { authorization, prefer: `return=minimal${wait > 0 ? `, wait=${wait}` : ''}` };
      const init = { method: 'POST', headers, ...withSignal(signal) };
      const drawn = await callJson<DrawAnswer | undefined>(paths.draws + queryOf(wish), init);
      return drawn && ownDelivery(drawn);
    },
    drawFree: async ({ giver, wish, signal } = {}) => {
      const init = { headers: giver ? { [headers.giver]: giver } : {}, ...withSignal(signal) };
      const response = await call(paths.download + queryOf(wish), init);
      return { url: relativeTo(base, response.headers.get('content-location') ?? ''), response };
    },
    fetchDelivery: ({ url }, { from = 0, signal } = {}) => {
      const headers = from > 0 ? { range: `bytes=${from}-` } : {};
      return call(url, { headers, ...withSignal(signal) });
    },
    facts: ({ url }, { signal } = {}) =>
      callDelivery(url, { headers: { accept: 'application/json' }, ...withSignal(signal) }),
    received: async ({ url }) => {
      await call(`${url}/received`, { method: 'POST' });
    },
    thank: ({ url }, emoji) => postJson(`${url}/thanks`, { emoji }),
    report: ({ url }, report) => postJson(`${url}/report`, report),
    ticket: (ticket, { signal } = {}) => callJson(pathTo(paths.ticket, ticket), withSignal(signal)),
    shorten: (ticket, expires) => callJson(pathTo(paths.ticket, ticket), jsonInit('PATCH', { expires })),
    appeal: (ticket, text) => callJson(pathTo(paths.appeal, ticket), jsonInit('POST', { text })),
    withdraw: async (ticket, { signal } = {}) => {
      await call(pathTo(paths.ticket, ticket), { method: 'DELETE', ...withSignal(signal) });
    },
    eventsUrl: (of) => base + (of === 'pool' ? paths.poolEvents : pathTo(paths.ticketEvents, of.ticket)),
  };
}

/** A request with a JSON body. */
export const jsonInit = (method: 'POST' | 'PATCH', body: object): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

const queryOf = (wish: WishQuery | undefined): string => (wish ? `?${new URLSearchParams(wish)}` : '');

const withSignal = (signal: AbortSignal | undefined): Pick<RequestInit, 'signal'> => (signal ? { signal } : {});

/** Without the path of `base`, which a service that knows its own address puts before its paths. */
function relativeTo(base: string, url: string): string {
  const path = (URL.parse(base)?.pathname ?? base).replace(/\/$/, '');
  return url.startsWith(`${path}/`) ? url.slice(path.length) : url;
}

/** Undefined for the words of a proxy. A body that is cut off fails as its connection does, before it gets here. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf({ status, headers }: Response, text: string) {
  const retryAfter = Number(headers.get('retry-after')) || undefined;
  return problemFrom(parsed(text), { status, text: `${status} ${text}`, retryAfter });
}

/** Calls that throw a `Problem` for a refused request, and the error of `fetch` for a lost connection. */
export function createCalls(base: string, request: typeof fetch) {
  const call = async (path: string, init: RequestInit = {}, send = request): Promise<Response> => {
    const response = await send(base + path, init);
    if (response.ok) return response;
    throw problemOf(response, await response.text());
  };
  const callJson = async <T>(path: string, init?: RequestInit, send?: typeof fetch): Promise<T> => {
    const response = await call(path, init, send);
    if (response.status === 204) return undefined as T;
    const text = await response.text();
    const body = parsed(text);
    // The sign-in page of a network answers 200, too.
    if (body === undefined) throw problemOf(response, text);
    return body as T;
  };
  const ownDelivery = ({ delivery }: DrawAnswer): Delivery => ({ ...delivery, url: relativeTo(base, delivery.url) });
  const callDelivery = async (path: string, init: RequestInit) => ownDelivery(await callJson<DrawAnswer>(path, init));
  const postJson = async (path: string, body: object): Promise<void> => {
    await call(path, jsonInit('POST', body));
  };
  const postFile = <T>(
    path: string,
    file: FileToGive,
    { giver, key, wish, expires, stripMetadata, signal, send }: GiveOptions = {},
  ) => {
    const body = new FormData();
    body.append('file', file.bytes, file.name);
    const init: RequestInit = {
      method: 'POST',
      body,
      headers: {
        accept: 'application/json',
        ...(giver ? { [headers.giver]: giver } : {}),
        ...(key ? { [headers.idempotencyKey]: key } : {}),
        ...(expires ? { [headers.expires]: expires } : {}),
        ...(stripMetadata ? { [headers.stripMetadata]: '1' } : {}),
      },
      ...withSignal(signal),
    };
    return callJson<T>(path + queryOf(wish), init, send);
  };
  return { call, callJson, callDelivery, ownDelivery, postJson, postFile };
}
