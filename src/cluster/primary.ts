/**
 * The lead of several workers at one port: starts them, starts again who dies, and on SQLite has the ledger for all of them and
 * looks after it and the vault. It serves nobody itself. When it dies its workers end at once, so that none is left to work
 * on what another start has opened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { OpenError } from '../app/create-app.ts';
import type { Config } from '../config/settings.ts';
import { Problem } from '../contract/problems/problem.ts';
import { alsoPublishTo } from '../exchange/events.ts';
import { type Scheduler, startScheduler } from '../exchange/maintenance/scheduler.ts';
import { openLog } from '../platform/log.ts';
import type { WorkerExit, WorkerHandle } from './fork.ts';
import { createWorkers, openWorker, startWorker, tellAll, type Workers } from './workers.ts';

export interface Primary {
  readonly port: number;
  readonly log: Logger;
  /** Lets all workers end what is under way, and closes everything. */
  close(): Promise<void>;
}

/** Starts the workers; resolves when all of them are open. Throws `OpenError`. */
export async function startPrimary(config: Config): Promise<Primary> {
  const log = openLog(config.LOG_LEVEL);
  const crew = await createWorkers(config, log);
  const first = Array.from({ length: config.WORKERS }, () => startWorker(crew));
  try {
    await Promise.all(first.map((hand) => openWorker(crew, hand)));
  } catch (error) {
    for (const hand of first) hand.kill();
    await Promise.all(first.map(({ ended }) => ended));
    await crew.storage?.close();
    throw asOpenError(error as Error);
  }
  const closing = new AbortController();
  const places = first.map((hand) => keepFilled(crew, hand, closing.signal));
  const sweeper = sweep(crew);
  return {
    port: crew.port.open ?? config.PORT,
    log,
    close: async () => {
      closing.abort();
      await shutDownWorkers(crew, places);
      await sweeper?.stop();
      await crew.storage?.close();
    },
  };
}

/** A worker's own sentence is for the operator. */
function asOpenError(error: Error): Error {
  if (error.name === 'OpenError') return new OpenError(error.message, { cause: error });
  return error instanceof Problem
    ? new OpenError('A worker ended before it was open.', { cause: error })
    : error;
}

/** Whoever has the ledger looks after it; what comes of that is told to all. */
function sweep({ storage, handles, log }: Workers): Scheduler | undefined {
  if (!storage) return undefined;
  const events = alsoPublishTo(storage.events, (notices) => tellAll(handles, 'news', notices));
  return startScheduler({ ...storage, events }, log);
}

/** A worker that lived this long was well, in milliseconds; and the pauses after the first death and after many. */
const steady = 30_000;
const pauses = { first: 100, longest: 5_000 };

/** Puts another in the place of a worker that died, until everything closes. */
async function keepFilled(crew: Workers, first: WorkerHandle, closing: AbortSignal): Promise<void> {
  let hand = first;
  for (let deaths = 0; ; deaths++) {
    const begun = performance.now();
    const ending = await hand.ended;
    if (closing.aborted) return;
    await noteDeath(crew, ending);
    if (performance.now() - begun > steady) deaths = 0;
    const pause = Math.min(pauses.longest, pauses.first * 2 ** deaths);
    await sleep(pause, undefined, { signal: closing }).catch(() => undefined);
    if (closing.aborted) return;
    hand = replace(crew);
  }
}

function replace(crew: Workers): WorkerHandle {
  const hand = startWorker(crew);
  openWorker(crew, hand).catch((err: unknown) => {
    crew.log.error({ err }, 'a worker could not open');
    hand.kill();
  });
  return hand;
}

/** What it had sent it may not have lived to say, and what it had brought about it may not have told. */
async function noteDeath(
  { log, storage, handles }: Workers,
  { code, signal }: WorkerExit,
): Promise<void> {
  log.error({ code, signal }, 'a worker died');
  tellAll(handles, 'missed');
  await storage?.ledger.markInterrupted().catch((err: unknown) => {
    log.error({ err }, 'the death of a worker could not be noted');
  });
}

/** Longer than a worker gives to what is under way, in milliseconds. */
const patience = 13_000;

/** Tells all workers to end, and waits until they have. */
async function shutDownWorkers(
  { handles }: Workers,
  places: readonly Promise<void>[],
): Promise<void> {
  tellAll(handles, 'end');
  const impatience = setTimeout(() => {
    for (const hand of handles) hand.kill();
  }, patience);
  await Promise.all(places);
  clearTimeout(impatience);
}
