/**
 * Group commit: all verbs that are asked for in one turn of the event loop run one after another in one transaction,
 * each inside its own savepoint, and are answered after the one commit. An fsync is the price of a commit, so
 * sharing it is what makes a durable ledger fast.
 */
import { type Kysely, sql } from 'kysely';
import { Problem } from '../contract/problems.ts';
import type { Db, Tables } from './tables.ts';

type Verb<T> = (db: Db) => Promise<T>;

interface Waiting {
  readonly verb: Verb<unknown>;
  readonly writes: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The one way to the database: reads and writes wait in line together, so that no read sees an open transaction. */
export interface Lane {
  write<T>(verb: Verb<T>): Promise<T>;
  read<T>(verb: Verb<T>): Promise<T>;
  /** Throws when the storage has failed in a way that only a restart can settle. */
  check(): Promise<void>;
  /** Waits until everything asked for so far is answered. */
  idle(): Promise<void>;
}

/** Another process may hold the write lock; it is asked for again this often and this long, in milliseconds. */
const busyPause = 5;
const busyPatience = 10_000;
const largestBatch = 256;

/** Opens a lane over a database that no one else of this process uses. */
export function openLane(db: Kysely<Tables>): Lane {
  let line: Waiting[] = [];
  let running: Promise<void> | undefined;
  let broken: unknown;

  const drain = async () => {
    while (line.length > 0) {
      const batch = line.slice(0, largestBatch);
      line = line.slice(largestBatch);
      const error = await runBatch(db, batch);
      // After a failed fsync the next one may succeed without being true: nothing is written until a restart (R6).
      if (/^SQLITE_(IOERR|CORRUPT)/.test(codeOf(error))) broken ??= error;
      // Requests go on between two batches, and more verbs join the next one.
      if (line.length > 0) await nextTurn();
    }
    running = undefined;
  };
  const join = <T>(verb: Verb<T>, writes: boolean) =>
    new Promise<T>((resolve, reject) => {
      if (broken && writes) return reject(new Problem('storage-failing', { cause: broken }));
      line.push({ verb, writes, resolve: resolve as (value: unknown) => void, reject });
      running ??= nextTurn().then(drain);
    });

  return {
    write: (verb) => join(verb, true),
    read: (verb) => join(verb, false),
    check: async () => {
      if (broken) throw new Problem('storage-failing', { cause: broken });
    },
    idle: async () => {
      while (running) await running;
    },
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Answers the failure that ended the whole batch, if one did. */
async function runBatch(db: Kysely<Tables>, batch: readonly Waiting[]): Promise<unknown> {
  const writes = batch.some((waiting) => waiting.writes);
  const outcomes: Outcome[] = [];
  try {
    await (writes ? begin(db) : sql`begin`.execute(db));
    for (const waiting of batch) outcomes.push(await runVerb(db, waiting, writes));
    await sql`commit`.execute(db);
  } catch (error) {
    await sql`rollback`.execute(db).catch(() => undefined);
    const problem = asProblem(error);
    for (const waiting of batch) waiting.reject(problem);
    return error;
  }
  batch.forEach((waiting, index) => {
    const outcome = outcomes[index] as Outcome;
    if ('error' in outcome) waiting.reject(asProblem(outcome.error));
    else waiting.resolve(outcome.value);
  });
  return undefined;
}

/** A verb that fails undoes its own writes only; a failure of the storage itself ends the whole batch. */
async function runVerb(
  db: Kysely<Tables>,
  { verb, writes }: Waiting,
  inside: boolean,
): Promise<Outcome> {
  if (!writes) return settle(verb, db);
  if (inside) await sql`savepoint verb`.execute(db);
  const outcome = await settle(verb, db);
  if ('error' in outcome) {
    if (isStorageError(outcome.error)) throw outcome.error;
    await sql`rollback to verb`.execute(db);
  }
  await sql`release verb`.execute(db);
  return outcome;
}

async function settle(verb: Verb<unknown>, db: Db): Promise<Outcome> {
  try {
    return { value: await verb(db) };
  } catch (error) {
    return { error };
  }
}

/**
 * Takes the write lock at once (`begin immediate`): a deferred transaction would take it at its first write and could
 * then fail half way. The wait is ours, not SQLite's, because SQLite's would block the event loop.
 */
async function begin(db: Kysely<Tables>): Promise<void> {
  const giveUp = performance.now() + busyPatience;
  for (;;) {
    try {
      await sql`begin immediate`.execute(db);
      return;
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || performance.now() > giveUp) throw error;
      await new Promise((resolve) => setTimeout(resolve, busyPause));
    }
  }
}

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code ?? '');

function isStorageError(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|CORRUPT|READONLY|CANTOPEN|NOMEM|BUSY)/.test(codeOf(error));
}

function asProblem(error: unknown): unknown {
  if (codeOf(error) === 'SQLITE_FULL') return new Problem('storage-full', { cause: error });
  if (isStorageError(error)) return new Problem('storage-failing', { cause: error });
  return error;
}
