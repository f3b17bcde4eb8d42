/**
 * The queue before the database (group commit): verbs of one turn of the event loop share a transaction, and are answered
 * after its one commit.
 */
import type { Kysely } from 'kysely';
import { createGroupCommit } from '../../platform/group-commit.ts';
import type { Engine } from '../engine/engine.ts';
import type { Isolation, Random } from '../engine/isolation.ts';
import type { Tables } from '../schema/tables.ts';
import {
  asProblem,
  type BatchVerb,
  maxBatchSize,
  type QueuedVerb,
  runBatch,
  runEach,
  storageFailing,
  type Verb,
} from './batch.ts';

interface WriteOptions {
  /** `concurrent` by default. */
  readonly isolation?: Isolation;
  /** The id of the delivery that the verb changes, so that a batch locks deliveries in one order. */
  readonly delivery?: number;
}

/** The one way to the database. No read sees uncommitted data; a verb that throws `NeedsIsolation` is run again with it. */
export interface WriteQueue {
  write<T>(verb: Verb<T>, options?: WriteOptions): Promise<T>;
  /** The same for a verb that takes many items in one call. */
  writeTogether<I, T>(verb: BatchVerb<I, T>, item: I, options?: WriteOptions): Promise<T>;
  read<T>(verb: Verb<T>): Promise<T>;
  /** Throws when only a restart can settle a storage failure, or when the database does not answer. */
  check(): Promise<void>;
  /** Resolves when all queued verbs are answered. */
  idle(): Promise<void>;
}

/** Creates the queue; as many transactions run side by side as the engine has connections. */
export function createWriteQueue(db: Kysely<Tables>, engine: Engine, random: Random): WriteQueue {
  const health = { broken: undefined };
  const context = { db, engine, health, random, fill: new Map(), queueAgain: queue };
  const commits = createGroupCommit<QueuedVerb>({
    concurrency: engine.connections,
    next: (queued, running) => nextBatch(queued, running, engine),
    run: (batch) => runBatch(context, batch),
  });
  function queue(verb: QueuedVerb) {
    commits.add(verb);
  }
  const ask = <I, T>(run: BatchVerb<I, T>, item: I, isolation: QueuedVerb['isolation'], delivery?: number) =>
    new Promise<T>((resolve, reject) => {
      queue({
        run: run as BatchVerb<unknown, unknown>,
        item,
        isolation,
        delivery,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });

  return {
    write: (verb, { isolation = 'concurrent', delivery } = {}) =>
      ask(runEach, verb, isolation, delivery) as Promise<never>,
    writeTogether: (verb, item, { isolation = 'concurrent', delivery } = {}) => ask(verb, item, isolation, delivery),
    read: (verb) => ask(runEach, verb, 'read') as Promise<never>,
    check: async () => {
      if (health.broken) throw storageFailing(health);
      await engine.check(db).catch((error: unknown) => {
        throw asProblem(engine, error);
      });
    },
    idle: commits.idle,
  };
}

/** Isolations of which one transaction runs at a time: a second one would only keep a connection waiting. */
const oneAtATime: ReadonlySet<QueuedVerb['isolation']> = new Set(['last-free', 'exclusive']);

/** The first verb in line that need not wait for a running batch, and all that may share its transaction. Reads go with any. */
function nextBatch(
  queue: readonly QueuedVerb[],
  running: Iterable<readonly QueuedVerb[]>,
  engine: Engine,
): readonly QueuedVerb[] {
  const taken = new Set([...running].flat().map(({ isolation }) => isolation));
  const mayRun = ({ isolation }: QueuedVerb) => !(oneAtATime.has(isolation) && taken.has(isolation));
  const first = queue.find((verb) => verb.isolation !== 'read' && mayRun(verb))?.isolation;
  return queue
    .filter(({ isolation }) => isolation === 'read' || isolation === first || engine.isAlwaysExclusive)
    .slice(0, maxBatchSize);
}
