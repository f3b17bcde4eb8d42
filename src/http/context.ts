import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { Config } from '../config/settings.ts';
import type { PoolStats } from '../contract/api/schemas.ts';
import type { OperatorPage } from '../contract/vocabulary.ts';
import type { ExchangeContext } from '../exchange/ports.ts';
import type { RoomWithFigures } from '../exchange/rooms/rooms.ts';
import type { LongLivedResponses } from './connection/long-lived-responses.ts';
import type { ResetWatcher } from './connection/reset-watcher.ts';
import type { ResponsesInFlight } from './connection/responses-in-flight.ts';

/** The settings of the HTTP layer. */
export type HttpSettings = Pick<
  Config,
  | 'BASE_URL'
  | 'MAX_FILE_SIZE'
  | 'DELIVERY'
  | 'TRUST_PROXY'
  | 'CORS_ORIGINS'
  | 'RATE_LIMIT'
  | 'GIFTS_PER_MINUTE'
  | 'DRAWS_PER_MINUTE'
  | 'FREE_DRAWS_PER_HOUR'
  | 'BYTES_PER_MINUTE'
  | 'REPLIES_PER_MINUTE'
  | 'SIGN_INS_PER_MINUTE'
  | 'ROOMS_PER_HOUR'
  | 'ROOM_CODES_PER_MINUTE'
  | 'ORIGIN_CHANGES_PER_MINUTE'
  | 'MIN_SPEED'
  | 'IDLE_TIMEOUT'
  | 'MAX_CONNECTIONS'
  | 'MAX_CONNECTIONS_PER_ADDRESS'
  | 'METRICS'
  | 'METRICS_TOKEN'
  | 'ADMIN_TOKEN'
  | 'SECURITY_CONTACT'
>;

/** The other processes behind the same port. */
export interface MetricsPeers {
  /** The metrics of each peer that answers in time. */
  metrics(): Promise<readonly unknown[]>;
  /** Registers what this process answers when a peer asks for its metrics. */
  onMetrics(read: () => Promise<unknown>): void;
}

/** The options of `createServer`. */
export interface HttpOptions {
  readonly exchange: ExchangeContext;
  readonly settings: HttpSettings;
  readonly logger: FastifyBaseLogger;
  /** Why the log cannot be written; undefined while it can. */
  readonly logFault: () => string | undefined;
  /** The folder of the built page. */
  readonly webRoot: string;
  /** The text of the built page; undefined if it was not built. */
  readonly readBuiltPage: () => Promise<string | undefined>;
  /** The text of a page that the operator writes; undefined if there is none. */
  readonly readPage: (page: OperatorPage) => Promise<string | undefined>;
  readonly version: string;
  /** Undefined where there are none. */
  readonly accounts?: Accounts;
  /** Undefined for the only process at its port. */
  readonly peers?: MetricsPeers;
}

export interface RateLimit {
  /** Takes tokens if there are enough, else throws `too-many-requests` with the seconds until there are. */
  take(request: FastifyRequest, tokens?: number): void;
  /** Takes tokens after the fact, so that the bucket may become negative. */
  charge(request: FastifyRequest, tokens: number): void;
  /** Gives a token back, or one on top of a full bucket. */
  giveBack(request: FastifyRequest): void;
}

export interface RateLimits {
  readonly gifts: RateLimit;
  readonly draws: RateLimit;
  /** Draws without a ticket, by the hour. A gift without a ticket pays for one. */
  readonly freeDraws: RateLimit;
  readonly bytes: RateLimit;
  /** Thanks and reports. */
  readonly replies: RateLimit;
  /** Attempts to sign in. */
  readonly signIns: RateLimit;
  /** New rooms, by the hour. */
  readonly rooms: RateLimit;
  /** Wrong codes of rooms. */
  readonly roomCodes: RateLimit;
  /** Requests that change something, from all visitors of one foreign page. */
  readonly origins: RateLimit;
}

export interface ConcurrencyLimits {
  /** Counts a request until its response closes. Throws `too-many-at-once`. */
  enter(request: FastifyRequest, reply: FastifyReply, purpose: 'uploads' | 'transfers' | 'streams' | 'waits'): void;
  /** Counts a transfer of the delivery with this secret as well. */
  enterDelivery(reply: FastifyReply, secret: string): void;
}

export interface Metrics {
  /** Counts a response; `url` is the pattern of its route. */
  countResponse(url: string | undefined, status: number): void;
  /** The metrics of this process as plain data. */
  read(): Promise<unknown>;
  /** The metrics of this process and its peers, in the text format of Prometheus. */
  readAll(): Promise<{ readonly type: string; readonly text: string }>;
}

/** The fault of each part of the storage; undefined for one that works. */
export interface StorageState {
  readonly ledger: string | undefined;
  readonly vault: string | undefined;
}

/** All that handlers work with. */
export interface HttpContext extends HttpOptions {
  readonly inFlight: ResponsesInFlight;
  /** True if another connection of the same client waits for the place of this one. */
  isAwaited(socket: Socket): boolean;
  /** True for the address of a connection from a proxy in `TRUST_PROXY`. */
  isTrustedProxy(address: string): boolean;
  readonly limits: RateLimits;
  readonly concurrency: ConcurrencyLimits;
  readonly longLived: LongLivedResponses;
  readonly resets: ResetWatcher;
  /** Undefined when metrics are off. */
  readonly metrics: Metrics | undefined;
  /** Pool statistics for event streams, read once for all of them. */
  readonly liveStats: () => Promise<PoolStats>;
  /** A room for event streams, read once for all of its streams. */
  readonly liveRoom: (code: string) => Promise<RoomWithFigures>;
  /** Whether ledger and vault work, checked once for all who ask within two seconds. */
  readonly storageState: () => Promise<StorageState>;
}

/** The parameters of all paths; a route has those that its own path names. */
interface PathParams {
  readonly secret: string;
  readonly ticket: string;
  readonly code: string;
  readonly page: string;
  readonly passkey: string;
  readonly session: string;
  readonly entry: string;
  readonly hash: string;
}

export type HttpRequest = FastifyRequest<{ Params: PathParams }>;

/** Answers a request: with the returned value, or through the reply. */
export type Handler = (context: HttpContext, request: HttpRequest, reply: FastifyReply) => unknown;

export type HttpServer = FastifyInstance;
