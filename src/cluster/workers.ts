/** The workers of one lead, and what it does for them. */
import type { Logger } from 'pino';
import { openStorage, type Storage, systemEnvironment } from '../app/create-app.ts';
import type { Config } from '../config/settings.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TicketNotice } from '../ledger/types.ts';
import { createDiskHealth, type DiskHealth } from '../vault/disk/disk-health.ts';
import { deserializeError, type SerializedError, serializeError } from './error-serialization.ts';
import { forkWorker, type WorkerHandle } from './fork.ts';
import { gatherMetrics, metricsOfPrimary } from './metrics.ts';
import { exposeLedger } from './remote-ledger.ts';
import type { RpcHandlers } from './rpc.ts';

export interface Workers {
  readonly config: Config;
  readonly log: Logger;
  /** Undefined on PostgreSQL, where each worker does by itself what any other process would. */
  readonly storage: Storage | undefined;
  /** Those who are alive, and those of them who are open. */
  readonly handles: Set<WorkerHandle>;
  readonly open: Set<WorkerHandle>;
  readonly distrust: Distrust;
  /** Of the lead; undefined where it knows nothing that its workers do not. */
  readonly metrics: (() => Promise<unknown>) | undefined;
  /** The port to ask for, and what it came to be. */
  readonly port: { asked: number; open: number | undefined };
}

/** Of the disk: what one process found all heed, and whoever comes after. */
interface Distrust {
  readonly trust: DiskHealth;
  cause: SerializedError | undefined;
}

/** Opens what all of them need; there are none yet. Throws `OpenError`. */
export async function createWorkers(config: Config, log: Logger): Promise<Workers> {
  const handles = new Set<WorkerHandle>();
  const distrust = distrustOf(handles, log);
  const isAtHand = config.DATABASE_URL === '';
  const storage = isAtHand ? await openStorage(config, systemEnvironment, distrust) : undefined;
  return {
    config,
    log,
    storage,
    metrics: storage && metricsOfPrimary(config, storage),
    handles,
    open: new Set(),
    distrust,
    port: { asked: config.PORT, open: undefined },
  };
}

function distrustOf(handles: ReadonlySet<WorkerHandle>, log: Logger): Distrust {
  const trust = createDiskHealth((err) => {
    log.error({ err }, 'the disk is not trusted any more; nothing is kept until a restart');
    distrust.cause = serializeError(err);
    tellAll(handles, 'distrust', distrust.cause);
  });
  const distrust: Distrust = { trust, cause: undefined };
  return distrust;
}

export function tellAll(
  hands: Iterable<WorkerHandle>,
  what: string,
  ...facts: readonly unknown[]
): void {
  for (const { wire } of hands) wire.tell(what, ...facts);
}

/** Starts a process that waits to be told what to open. */
export function startWorker(crew: Workers): WorkerHandle {
  const { handles, open, storage, metrics } = crew;
  const { trust } = crew.distrust;
  const others = () => [...handles].filter((other) => other !== hand);
  const hand: WorkerHandle = forkWorker({
    ...(storage && trustingAnswers(storage, trust)),
    news: (notices: readonly TicketNotice[]) => tellAll(others(), 'news', notices),
    distrust: (cause: SerializedError) => trust.markFailed(deserializeError(cause)),
    metrics: () => gatherMetrics(metrics, others()),
  });
  handles.add(hand);
  void hand.ended.then(() => {
    handles.delete(hand);
    open.delete(hand);
  });
  return hand;
}

/** A gift whose bytes may be lost is not pooled, also where its own worker has not heard of it yet. */
const trustingAnswers = ({ ledger }: Storage, trust: DiskHealth): RpcHandlers => ({
  ...exposeLedger(ledger),
  poolGift: async (...gift: Parameters<Ledger['give']>) => {
    trust.assertHealthy();
    return ledger.give(...gift);
  },
});

/**
 * Opens a worker. Whoever asks for any free port gets that of the others who asked for it; where none of them is left, the
 * one that they had is asked for.
 */
export async function openWorker(
  { config, port, open, distrust }: Workers,
  hand: WorkerHandle,
): Promise<void> {
  if (open.size === 0 && port.open !== undefined) port.asked = port.open;
  if (distrust.cause) hand.wire.tell('distrust', distrust.cause);
  const opened = await hand.wire.ask('open', { ...partOf(config), PORT: port.asked });
  open.add(hand);
  port.open ??= opened as number;
  if (opened !== port.open) throw new Error(`a worker opened port ${opened}, not ${port.open}`);
}

/** Of what all may have together, each has its part. */
function partOf(config: Config): Config {
  const part = (whole: number) => Math.max(1, Math.floor(whole / config.WORKERS));
  return {
    ...config,
    MAX_CONNECTIONS: part(config.MAX_CONNECTIONS),
    MAX_CONNECTIONS_PER_ADDRESS: part(config.MAX_CONNECTIONS_PER_ADDRESS),
  };
}
