/**
 * The typed client that the page, the command line and the tests share. It needs nothing but `fetch`, and imports only types
 * and plain tables, so that it stays small in a browser.
 */
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

/** What is given: a Blob with a name. */
export interface FileToGive {
  readonly name: string;
  readonly bytes: Blob;
}

export interface GiveOptions {
  /** The giver's secret of an earlier exchange, so that one's own gifts are never drawn. */
  readonly giver?: string | undefined;
  /** 22 to 128 random characters of A–Z, a–z, 0–9, - and _: whoever gives again with them does not give twice. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sends the request instead of `fetch`, for instance to show progress. */
  readonly send?: typeof fetch;
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface Client {
  poolStats(): Promise<PoolStats>;
  /** A plain gift, which earns no ticket. */
  upload(file: FileToGive, options?: GiveOptions): Promise<UploadAnswer>;
  /** Gives for a ticket, without drawing yet. */
  give(file: FileToGive, options?: GiveOptions): Promise<ExchangeAnswer>;
  /** Draws; undefined while there is nothing for this ticket yet, after waiting at most `wait` seconds. */
  draw(
    ticket: string,
    options?: { readonly wait?: number; readonly signal?: AbortSignal },
  ): Promise<Delivery | undefined>;
  /** The bytes of a delivery, from a given byte on. */
  fetchDelivery(
    delivery: Pick<Delivery, 'url'>,
    options?: Cancellable & { readonly from?: number },
  ): Promise<Response>;
  /** What a delivery brings, without the bytes; changes nothing. */
  facts(delivery: Pick<Delivery, 'url'>, options?: Cancellable): Promise<Delivery>;
  received(delivery: Pick<Delivery, 'url'>): Promise<void>;
  /** Says thanks to the giver; saying it again replaces it. */
  thank(delivery: Pick<Delivery, 'url'>, emoji: ThanksBody['emoji']): Promise<void>;
  /** Tells the operator that this should not be here. */
  report(delivery: Pick<Delivery, 'url'>, report: ReportBody): Promise<void>;
  ticket(ticket: string, options?: Cancellable): Promise<TicketStatus>;
  /** Takes a gift back. */
  withdraw(ticket: string, options?: Cancellable): Promise<void>;
  /** The address of a stream of events. */
  eventsUrl(of: 'pool' | { readonly ticket: string }): string;
}

const until = (signal: AbortSignal | undefined): Pick<RequestInit, 'signal'> =>
  signal ? { signal } : {};

/** Makes a client of the service at `base`. Every call throws a `Problem` when the service refuses. */
export function createClient(
  base = '',
  request: typeof fetch = (...args) => fetch(...args),
): Client {
  const call = async (path: string, init: RequestInit = {}, send = request): Promise<Response> => {
    const answer = await send(base + path, init);
    if (answer.ok) return answer;
    throw problemFrom(await answer.json().catch(() => undefined));
  };
  const json = async <T>(path: string, init?: RequestInit, send?: typeof fetch): Promise<T> =>
    (await (await call(path, init, send)).json()) as T;
  const post = async (path: string, body: object): Promise<void> => {
    await call(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  };
  const send = <T>(
    path: string,
    file: FileToGive,
    { giver, key, signal, send: sender }: GiveOptions = {},
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
      },
      ...until(signal),
    };
    return json<T>(path, init, sender);
  };
  return {
    poolStats: () => json(paths.poolStats),
    upload: (file, options) => send(paths.upload, file, options),
    give: (file, options) => send(paths.exchange, file, options),
    draw: async (ticket, { wait = 0, signal } = {}) => {
      const init: RequestInit = {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ticket}`,
          ...(wait > 0 ? { prefer: `wait=${wait}` } : {}),
        },
        ...until(signal),
      };
      try {
        return (await json<DrawAnswer>(paths.draws, init)).delivery;
      } catch (error) {
        if ((error as { code?: string }).code === 'pool-empty') return undefined;
        throw error;
      }
    },
    fetchDelivery: ({ url }, { from = 0, signal } = {}) => {
      const headers = from > 0 ? { range: `bytes=${from}-` } : {};
      return call(url, { headers, ...until(signal) });
    },
    facts: async ({ url }, { signal } = {}) => {
      const init = { headers: { accept: 'application/json' }, ...until(signal) };
      return (await json<DrawAnswer>(url, init)).delivery;
    },
    received: async ({ url }) => {
      await call(`${url}/received`, { method: 'POST' });
    },
    thank: ({ url }, emoji) => post(`${url}/thanks`, { emoji }),
    report: ({ url }, report) => post(`${url}/report`, report),
    ticket: (ticket, { signal } = {}) => json(pathTo(paths.ticket, ticket), until(signal)),
    withdraw: async (ticket, { signal } = {}) => {
      await call(pathTo(paths.ticket, ticket), { method: 'DELETE', ...until(signal) });
    },
    eventsUrl: (of) =>
      base + (of === 'pool' ? paths.poolEvents : pathTo(paths.ticketEvents, of.ticket)),
  };
}
