/** Metrics of all processes at one port, so that each of them can answer for all. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '../app/create-storage.ts';
import type { Config } from '../config/settings.ts';
import type { Log } from '../platform/log.ts';
import type { WorkerHandle } from './fork.ts';

/** Slower processes are left out, in milliseconds. */
const maxWait = 3_000;

type ReadMetrics = () => Promise<unknown>;

/** The metrics of the primary. Loads the metrics library at the first read. */
export function metricsOfPrimary(config: Config, storage: Storage, logFault: Log['fault']): ReadMetrics {
  let opened: Promise<{ read: ReadMetrics } | undefined> | undefined;
  return async () => {
    opened ??= import('../http/metrics/metrics.ts').then(({ openMetrics }) =>
      openMetrics({ exchange: { ...storage, activeTransfers: new Map() }, settings: config, logFault }),
    );
    return (await opened)?.read();
  };
}

/** The metrics of the primary, if it has any, and of the workers. */
export async function gatherMetrics(
  readPrimary: ReadMetrics | undefined,
  workers: readonly WorkerHandle[],
): Promise<readonly unknown[]> {
  const reads = [readPrimary?.(), ...workers.map(({ rpc }) => rpc.call('metrics'))];
  const results = await Promise.all(reads.map(withTimeout));
  return results.filter((metrics) => metrics !== undefined);
}

/** Undefined for a failure or after `maxWait`. */
const withTimeout = (read: Promise<unknown> | undefined): Promise<unknown> =>
  Promise.race([read?.catch(() => undefined), sleep(maxWait, undefined, { ref: false })]);
