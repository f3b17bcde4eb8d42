import type { Logger } from 'pino';
import { createStorage, type Storage } from '../app/create-storage.ts';
import { systemEnvironment } from '../app/environment.ts';
import type { Config } from '../config/settings.ts';
import type { TicketNotice } from '../ledger/types.ts';
import type { Log } from '../platform/log.ts';
import { createDiskHealth, type DiskHealth } from '../vault/disk/disk-health.ts';
import { deserializeError, type SerializedError, serializeError } from './error-serialization.ts';
import { forkWorker, type WorkerHandle } from './fork.ts';
import { gatherMetrics, metricsOfPrimary } from './metrics.ts';
import { exposeLedger } from './remote-ledger.ts';
import type { RpcHandlers } from './rpc.ts';

/** The workers of a primary, and what they share. */
export interface Workers {
  readonly config: Config;
  readonly log: Logger;
  /** Undefined on PostgreSQL, where each worker opens the storage itself. */
  readonly storage: Storage | undefined;
  /** Metrics of the primary; undefined if it has none. */
  readonly metrics: (() => Promise<unknown>) | undefined;
  /** The running workers. */
  readonly handles: Set<WorkerHandle>;
  readonly disk: SharedDisk;
  /** The port to listen on: with PORT=0 the first worker chooses it, and the others reuse it. */
  port: number;
}

/** The health of the disk, which all processes share. */
interface SharedDisk {
  readonly health: DiskHealth;
  /** The failure that a new worker must know of. */
  cause: SerializedError | undefined;
}

/** Opens the shared storage; starts no worker. Throws `OpenError`. */
export async function createWorkers(config: Config, { logger: log, fault }: Log): Promise<Workers> {
  const handles = new Set<WorkerHandle>();
  const disk = createSharedDisk(handles, log);
  const isSqlite = config.DATABASE_URL === '';
  const storage = isSqlite ? await createStorage(config, systemEnvironment, { health: disk.health }) : undefined;
  for (const warning of storage?.warnings ?? []) log.warn(warning);
  const metrics = storage && metricsOfPrimary(config, storage, fault);
  return { config, log, storage, metrics, handles, disk, port: config.PORT };
}

function createSharedDisk(handles: ReadonlySet<WorkerHandle>, log: Logger): SharedDisk {
  const health = createDiskHealth((err) => {
    log.error({ err }, 'the disk is not trusted any more; nothing is kept until a restart');
    disk.cause = serializeError(err);
    notifyAll(handles, 'diskFailed', disk.cause);
  });
  const disk: SharedDisk = { health, cause: undefined };
  return disk;
}

export function notifyAll(workers: Iterable<WorkerHandle>, name: string, ...args: readonly unknown[]): void {
  for (const { rpc } of workers) rpc.notify(name, ...args);
}

/** Starts a worker process, which waits for `openWorker`. */
export function startWorker({ handles, storage, metrics, disk }: Workers): WorkerHandle {
  const others = () => [...handles].filter((other) => other !== worker);
  const worker = forkWorker({
    ...(storage && exposeStorage(storage, disk.health)),
    publish: (notices: readonly TicketNotice[]) => notifyAll(others(), 'publish', notices),
    diskFailed: (cause: SerializedError) => disk.health.markFailed(deserializeError(cause)),
    metrics: () => gatherMetrics(metrics, others()),
  });
  handles.add(worker);
  void worker.ended.then(() => handles.delete(worker));
  return worker;
}

/** Rejects gifts after a disk failure, also from a worker that does not know of it yet. */
const exposeStorage = ({ ledger }: Storage, health: DiskHealth): RpcHandlers =>
  exposeLedger({
    ...ledger,
    give: async (gift, deadlines) => {
      health.assertHealthy();
      return ledger.give(gift, deadlines);
    },
  });

/** Lets a worker open its app and listen. Throws what the worker throws. */
export async function openWorker(workers: Workers, worker: WorkerHandle): Promise<void> {
  const { config, disk, port } = workers;
  if (disk.cause) worker.rpc.notify('diskFailed', disk.cause);
  const opened = await worker.rpc.call('open', { ...shareOf(config), PORT: port });
  workers.port = opened as number;
}

/** Divides the limits that apply to all workers together. */
function shareOf(config: Config): Config {
  const share = (total: number) => Math.max(1, Math.floor(total / config.WORKERS));
  return {
    ...config,
    MAX_CONNECTIONS: share(config.MAX_CONNECTIONS),
    MAX_CONNECTIONS_PER_ADDRESS: share(config.MAX_CONNECTIONS_PER_ADDRESS),
  };
}
