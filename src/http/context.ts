import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from '../config/settings.ts';
import type { ExchangeContext } from '../exchange/ports.ts';

/** The settings that HTTP itself depends on. */
export type HttpSettings = Pick<
  Config,
  | 'MAX_FILE_SIZE'
  | 'DELIVERY'
  | 'TRUST_PROXY'
  | 'CORS_ORIGINS'
  | 'RATE_LIMIT'
  | 'GIFTS_PER_MINUTE'
  | 'DRAWS_PER_MINUTE'
  | 'BYTES_PER_MINUTE'
  | 'REPLIES_PER_MINUTE'
  | 'MIN_SPEED'
  | 'IDLE_TIMEOUT'
  | 'MAX_CONNECTIONS'
  | 'MAX_CONNECTIONS_PER_ADDRESS'
  | 'METRICS'
  | 'METRICS_TOKEN'
>;

/** The other processes behind the same port. */
export interface MetricsPeers {
  /** What each of them tells of itself when it is asked for its metrics, of those that answer in time. */
  metrics(): Promise<readonly unknown[]>;
  /** Says what to tell when one of them asks for ours. */
  onMetrics(tell: () => Promise<unknown>): void;
}

/** All that the routes work with. */
export interface HttpContext {
  readonly exchange: ExchangeContext;
  readonly settings: HttpSettings;
  readonly logger: FastifyBaseLogger;
  /** The folder of the built page. */
  readonly webRoot: string;
  readonly version: string;
  /** Undefined for a process that is alone at its port. */
  readonly peers?: MetricsPeers;
}

export type HttpServer = FastifyInstance;
