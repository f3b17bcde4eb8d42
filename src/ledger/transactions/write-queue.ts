/**
 * Group commit: all verbs that are asked for in one turn of the event loop run in one transaction and are answered after the
 * one commit. An fsync is the price of a commit, so sharing it is what makes a durable ledger fast. Verbs of one kind that
 * can be done together are: a hundred draws are then as many queries as one.
 */
import type { Kysely } from 'kysely';
import type { Engine, Isolation } from '../engine/engine.ts';
import type { Tables } from '../schema/tables.ts';
import {
  asProblem,
  type BatchVerb,
  type QueuedVerb,
  type QueueHealth,
  runBatch,
  runEach,
  storageFailing,
  type Verb,
} from './batch.ts';

/** The one way to the database: verbs wait in line, and no read sees what is not committed. */
export interface WriteQueue {
  /** Who changes a delivery says which, by its id. */
  write<T>(verb: Verb<T>, turn?: Isolation, delivery?: number): Promise<T>;
  /** The same for something that can be done for many at once. */
  writeTogether<I, T>(
    run: BatchVerb<I, T>,
    item: I,
    turn?: Isolation,
    delivery?: number,
  ): Promise<T>;
  read<T>(verb: Verb<T>): Promise<T>;
  /** Throws when the storage has failed in a way that only a restart can settle, or cannot be reached. */
  check(): Promise<void>;
  /** Waits until everything asked for so far is answered. */
  idle(): Promise<void>;
}

/** No more verbs than this share a transaction. */
export const maxBatchSize = 256;

/** Opens a lane; as many transactions run side by side as the engine likes. */
export function createWriteQueue(db: Kysely<Tables>, engine: Engine): WriteQueue {
  let line: QueuedVerb[] = [];
  const health: QueueHealth = { broken: undefined };
  const running = new Set<Promise<void>>();

  const drain = async () => {
    while (line.length > 0) {
      const batch = nextBatch(line, engine);
      line = line.filter((waiting) => !batch.includes(waiting));
      await runBatch(db, engine, batch, health);
      // Requests go on between two batches, and more verbs join the next one.
      if (line.length > 0) await nextTurn();
    }
  };
  const start = () => {
    if (running.size >= engine.connections) return;
    const run = nextTurn()
      .then(drain)
      .finally(() => {
        running.delete(run);
        // Whoever came after the last look at the line.
        if (line.length > 0) start();
      });
    running.add(run);
  };
  const join = <T>(
    run: BatchVerb<never, T>,
    item: unknown,
    isolation: QueuedVerb['isolation'],
    delivery?: number,
  ) =>
    new Promise<T>((resolve, reject) => {
      line.push({
        run: run as BatchVerb<unknown, unknown>,
        item,
        isolation,
        delivery,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      start();
    });

  return {
    write: (verb, turn = 'any', delivery) => join(runEach, verb, turn, delivery) as Promise<never>,
    writeTogether: (run, item, turn = 'any', delivery) => join(run as never, item, turn, delivery),
    read: (verb) => join(runEach, verb, 'read') as Promise<never>,
    check: async () => {
      if (health.broken) throw storageFailing(health);
      await engine.check(db).catch((error: unknown) => {
        throw asProblem(engine, error);
      });
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The first in line and all that may share its transaction. Reads go with anything. */
function nextBatch(line: readonly QueuedVerb[], engine: Engine): QueuedVerb[] {
  const first = line.find(({ isolation }) => isolation !== 'read')?.isolation;
  return line
    .filter(
      ({ isolation }) => isolation === 'read' || isolation === first || engine.connections === 1,
    )
    .slice(0, maxBatchSize);
}
