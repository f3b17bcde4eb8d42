/**
 * The primary process of several workers. It serves no requests: it restarts dead workers, and on SQLite owns the ledger
 * and runs maintenance. See `docs/guide/scaling.md`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { OpenError } from '../app/environment.ts';
import { assertPortFree } from '../app/listen.ts';
import type { Config } from '../config/settings.ts';
import { Problem } from '../contract/problems/problem.ts';
import { alsoPublishTo } from '../exchange/events.ts';
import { type Scheduler, startScheduler } from '../exchange/maintenance/scheduler.ts';
import { openLog } from '../platform/log.ts';
import type { WorkerExit, WorkerHandle } from './fork.ts';
import { createWorkers, notifyAll, openWorker, startWorker, type Workers } from './workers.ts';

interface Primary {
  readonly port: number;
  readonly log: Logger;
  /** Lets the workers complete requests in progress, then closes everything. */
  close(): Promise<void>;
}

/** Starts all workers and resolves when they listen. Throws `OpenError`. */
export async function startPrimary(config: Config): Promise<Primary> {
  const opened = openLog(config.LOG_LEVEL);
  const log = opened.logger;
  await assertPortFree(config);
  const workers = await createWorkers(config, opened);
  const initial = await openInitialWorkers(workers);
  const closing = new AbortController();
  const places = initial.map((worker) => keepRunning(workers, worker, closing.signal));
  const scheduler = startMaintenance(workers);
  return {
    port: workers.port,
    log,
    close: async () => {
      closing.abort();
      await shutDownWorkers(workers, places);
      await scheduler?.stop();
      await workers.storage?.close();
    },
  };
}

async function openInitialWorkers(workers: Workers): Promise<readonly WorkerHandle[]> {
  const initial = Array.from({ length: workers.config.WORKERS }, () => startWorker(workers));
  try {
    const [first, ...others] = initial as [WorkerHandle, ...WorkerHandle[]];
    await openWorker(workers, first);
    await Promise.all(others.map((worker) => openWorker(workers, worker)));
    return initial;
  } catch (error) {
    for (const worker of initial) worker.kill();
    await Promise.all(initial.map(({ ended }) => ended));
    await workers.storage?.close();
    throw asOpenError(error as Error);
  }
}

/** Keeps the message of a worker's `OpenError`, which is for the operator. */
function asOpenError(error: Error): Error {
  if (error.name === 'OpenError') return new OpenError(error.message, { cause: error });
  return error instanceof Problem ? new OpenError('A worker ended before it was open.', { cause: error }) : error;
}

/** Runs maintenance in the process that owns the ledger. */
function startMaintenance({ storage, handles, log }: Workers): Scheduler | undefined {
  if (!storage) return undefined;
  const events = alsoPublishTo(storage.events, (notices) => notifyAll(handles, 'publish', notices));
  return startScheduler({ ...storage, events }, log);
}

/** A worker that ran this long resets the backoff, in milliseconds. */
const stableAfter = 30_000;
/** Exponential backoff between restarts, in milliseconds. */
const backoff = { initial: 100, max: 5_000 };

/** Replaces a worker each time it dies, until `closing`. */
async function keepRunning(workers: Workers, first: WorkerHandle, closing: AbortSignal): Promise<void> {
  let worker = first;
  for (let deaths = 0; ; deaths++) {
    const start = performance.now();
    const exit = await worker.ended;
    if (closing.aborted) return;
    await handleDeath(workers, exit);
    if (performance.now() - start > stableAfter) deaths = 0;
    const pause = Math.min(backoff.max, backoff.initial * 2 ** deaths);
    await sleep(pause, undefined, { signal: closing }).catch(() => undefined);
    if (closing.aborted) return;
    worker = replaceWorker(workers);
  }
}

function replaceWorker(workers: Workers): WorkerHandle {
  const worker = startWorker(workers);
  openWorker(workers, worker).catch((err: unknown) => {
    workers.log.error({ err }, 'a worker could not open');
    worker.kill();
  });
  return worker;
}

/** A dead worker may have neither recorded what it sent nor published its changes. */
async function handleDeath({ log, storage, handles }: Workers, { code, signal }: WorkerExit): Promise<void> {
  log.error({ code, signal }, 'a worker died');
  notifyAll(handles, 'wakeAll');
  if (!storage) return;
  try {
    await storage.settleArrivals();
    await storage.ledger.markInterrupted();
  } catch (err) {
    log.error({ err }, 'the death of a worker could not be noted');
  }
}

/** Longer than the grace period of a worker, in milliseconds. */
const maxShutDownTime = 13_000;

/** Asks all workers to close, and kills those that do not. */
async function shutDownWorkers({ handles }: Workers, places: readonly Promise<void>[]): Promise<void> {
  notifyAll(handles, 'shutDown');
  const timer = setTimeout(() => {
    for (const worker of handles) worker.kill();
  }, maxShutDownTime);
  await Promise.all(places);
  clearTimeout(timer);
}
