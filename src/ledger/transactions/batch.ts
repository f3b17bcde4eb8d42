/**
 * A batch: verbs that share one transaction and are answered after its commit. A refusal without a write concerns only its
 * own verb.
 *
 * A verb that has to be rolled back makes each verb of its batch run in a transaction of its own.
 */
import type { Kysely } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { Engine } from '../engine/engine.ts';
import { type FillEstimate, type Isolation, NeedsIsolation, type Random, type Tx } from '../engine/isolation.ts';
import { lockDeliveries } from '../matching/delivery-rows.ts';
import type { Db, Tables } from '../schema/tables.ts';

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The outcome of one item among many. It may throw a `Problem` only before it writes. */
export const toOutcome = <T>(answer: Promise<T>): Promise<Outcome<T>> =>
  answer.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof Problem) return { error };
      throw error;
    },
  );

export type Verb<T> = (tx: Tx) => Promise<T>;

/** Takes many items in one call, and answers an outcome for each in their order. Throws only when all of them failed. */
export type BatchVerb<I, T> = (tx: Tx, items: readonly I[]) => Promise<readonly Outcome<T>[]>;

/** A verb that waits for its answer. */
export interface QueuedVerb {
  readonly run: BatchVerb<unknown, unknown>;
  readonly item: unknown;
  readonly isolation: Isolation | 'read';
  /** The id of the delivery that it changes. */
  readonly delivery: number | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The failure that only a restart can settle, once there was one (fsyncgate). */
interface QueueHealth {
  broken: unknown;
}

/** The state that all batches of one queue share. */
interface BatchContext {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
  readonly health: QueueHealth;
  readonly random: Random;
  readonly fill: FillEstimate;
  queueAgain(verb: QueuedVerb): void;
}

/** How many verbs share a transaction at most. */
export const maxBatchSize = 256;

export const storageFailing = ({ broken }: QueueHealth) => new Problem('storage-failing', { cause: broken });

/** Runs verbs that have no batch form, one after the other. */
export const runEach: BatchVerb<Verb<unknown>, unknown> = async (tx, verbs) => {
  const outcomes: Outcome<unknown>[] = [];
  for (const verb of verbs) outcomes.push({ value: await verb(tx) });
  return outcomes;
};

/** Runs a batch and answers its verbs; after a storage failure only those that read. */
export async function runBatch(context: BatchContext, queued: readonly QueuedVerb[]): Promise<void> {
  const { engine, health } = context;
  const batch = health.broken ? refuseWrites(queued, health) : queued;
  if (batch.length === 0) return;
  try {
    const outcomes = await retry(engine, batch.length, () => runInTransaction(context, batch));
    for (const [verb, outcome] of outcomes) answer(context, verb, outcome);
  } catch (error) {
    // Rolling back for one verb undoes the others too, so each gets a transaction of its own.
    if (error instanceof RollbackNeeded && batch.length > 1) {
      for (const verb of batch) await runBatch(context, [verb]);
      return;
    }
    const cause = causeOf(error);
    // Set before callers are rejected: a caller that checks immediately must see the failure.
    if (engine.faultOf(cause) === 'broken') health.broken ??= cause;
    const reads = batch.filter(({ isolation }) => isolation === 'read');
    const hasWrites = reads.length < batch.length;
    const failed = hasWrites ? batch.filter(({ isolation }) => isolation !== 'read') : reads;
    for (const { reject } of failed) reject(asProblem(engine, cause));
    // A failed write does not concern the reads beside it.
    if (hasWrites && reads.length > 0) await runBatch(context, reads);
  }
}

function answer(context: BatchContext, verb: QueuedVerb, outcome: Outcome<unknown>): void {
  if ('value' in outcome) verb.resolve(outcome.value);
  else if (outcome.error instanceof NeedsIsolation) context.queueAgain({ ...verb, isolation: outcome.error.isolation });
  else verb.reject(outcome.error);
}

/** Rejects the verbs that write, and answers the rest. */
function refuseWrites(batch: readonly QueuedVerb[], health: QueueHealth): readonly QueuedVerb[] {
  for (const { isolation, reject } of batch) if (isolation !== 'read') reject(storageFailing(health));
  return batch.filter(({ isolation }) => isolation === 'read');
}

/** How often a transaction runs that conflicts with concurrent ones (serialization failure, deadlock). */
const maxAttempts = 8;

/** Runs a transaction of one verb again after a conflict, with a random pause that grows. */
async function retry<T>(engine: Engine, verbs: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const cause = causeOf(error);
      const isWorthIt = verbs === 1 && engine.faultOf(cause) === 'again' && attempt < maxAttempts;
      if (!isWorthIt) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

const isolationOf = (batch: readonly QueuedVerb[]): Isolation | 'read' =>
  batch.find(({ isolation }) => isolation !== 'read')?.isolation ?? 'read';

type Answered = readonly (readonly [QueuedVerb, Outcome<unknown>])[];

function runInTransaction(context: BatchContext, batch: readonly QueuedVerb[]): Promise<Answered> {
  const { db, engine, random, fill } = context;
  const isolation = isolationOf(batch);
  return engine.transaction(db, isolation, (connection) => {
    const tx: Tx = {
      db: connection,
      random,
      fill,
      isExclusive: engine.isAlwaysExclusive || isolation === 'exclusive',
      canTakeFree: engine.isAlwaysExclusive || ['exclusive', 'last-free', 'free'].includes(isolation),
      canTakeLastFree: engine.isAlwaysExclusive || isolation === 'exclusive' || isolation === 'last-free',
      maxInFlight: async () => (await engine.maxTransactions(connection)) * maxBatchSize,
    };
    return runVerbs(tx, engine, batch);
  });
}

/** A verb failed after it had written, or the engine accepts nothing more in this transaction. */
class RollbackNeeded extends Error {
  override readonly name = 'RollbackNeeded';
}

/** The error behind a rollback; any other error as it is. */
const causeOf = (error: unknown): unknown => (error instanceof RollbackNeeded ? error.cause : error);

async function runVerbs(tx: Tx, engine: Engine, batch: readonly QueuedVerb[]): Promise<Answered> {
  await lockInOrder(tx.db, engine, batch);
  const answered: (readonly [QueuedVerb, Outcome<unknown>])[] = [];
  for (const { run, verbs } of groups(batch)) {
    // Many items in one call are rolled back together, whatever they have written.
    const watched = verbs.length > 1 ? { db: tx.db, hasWritten: () => true } : watchWrites(tx.db);
    try {
      const items = verbs.map(({ item }) => item);
      const outcomes = await run({ ...tx, db: watched.db }, items);
      verbs.forEach((verb, index) => {
        answered.push([verb, outcomes[index] as Outcome<unknown>]);
      });
    } catch (error) {
      const fault = engine.faultOf(error);
      if (fault !== undefined && fault !== 'again') throw error;
      if (fault === 'again' || watched.hasWritten()) {
        throw new RollbackNeeded('to be rolled back', { cause: error });
      }
      for (const verb of verbs) answered.push([verb, { error }]);
    }
  }
  return answered;
}

/**
 * Locks the deliveries of a batch in the order of their ids. Single verbs would lock them in the order of their requests, and
 * two batches could deadlock.
 */
async function lockInOrder(db: Db, engine: Engine, batch: readonly QueuedVerb[]): Promise<void> {
  const ids = new Set(batch.flatMap(({ delivery }) => delivery ?? []));
  const isOneByOne = batch.some(({ run, delivery }) => run === runEach && delivery !== undefined);
  if (engine.isAlwaysExclusive || ids.size < 2 || !isOneByOne) return;
  try {
    await lockDeliveries(db, { ids: [...ids] });
  } catch (error) {
    throw engine.faultOf(error) === 'again' ? new RollbackNeeded('to be rolled back', { cause: error }) : error;
  }
}

/**
 * One group for each batch verb, and one for each other verb, so that a refusal concerns only its own. In the order of their first
 * verbs: a sweep must not end a lease whose completion came before it.
 */
function groups(batch: readonly QueuedVerb[]) {
  const verbsOf = Map.groupBy(batch, (verb) => (verb.run === runEach ? verb : verb.run));
  return [...verbsOf.values()].map((verbs) => ({ run: (verbs[0] as QueuedVerb).run, verbs }));
}

const readNodes = new Set(['SelectQueryNode', 'RawNode']);

/** The same connection, with a record of whether a query wrote. */
function watchWrites(db: Db): { readonly db: Db; hasWritten(): boolean } {
  let written = false;
  const watched = db.withPlugin({
    transformQuery: ({ node }) => {
      if (!readNodes.has(node.kind)) written = true;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { db: watched, hasWritten: () => written };
}

/** The problem that a client sees of an engine's failure; any other error stays as it is. */
export function asProblem(engine: Engine, error: unknown): unknown {
  switch (engine.faultOf(error)) {
    case 'full':
      return new Problem('storage-full', { cause: error });
    case 'broken':
    case 'away':
    case 'again':
      return new Problem('storage-failing', { cause: error });
    default:
      return error;
  }
}
