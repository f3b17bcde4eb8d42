/**
 * A batch: verbs that share one transaction, and are answered after its commit. A refusal that wrote nothing concerns nobody else;
 * what has to undo something is tried again by itself, and so are all others of its batch.
 */
import type { Kysely } from 'kysely';
import { Problem } from '../../contract/problems/problem.ts';
import type { Engine, Isolation } from '../engine/engine.ts';
import { fewLengths } from '../engine/query-cache.ts';
import type { Db, Tables } from '../schema/tables.ts';
import { lockDeliveries } from '../verbs/deliver.ts';

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** It cannot be said while others take and bring gifts: it is to be asked again alone. */
export class NeedsExclusive extends Error {
  override readonly name = 'LookAlone';
}

/** What one of many came to, when its refusal concerns nobody else: it must have written nothing by then. */
export const toOutcome = <T>(answer: Promise<T>): Promise<Outcome<T>> =>
  answer.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof Problem) return { error };
      throw error;
    },
  );

export type Verb<T> = (db: Db) => Promise<T>;

/** Does the same for many at once, and answers for each in their order. It throws only when all of it failed. */
export type BatchVerb<I, T> = (db: Db, items: readonly I[]) => Promise<readonly Outcome<T>[]>;

/** A verb that has not been answered. */
export interface QueuedVerb {
  readonly run: BatchVerb<unknown, unknown>;
  readonly item: unknown;
  readonly isolation: Isolation | 'read';
  /** The delivery that it changes, by id. */
  readonly delivery: number | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The failure that only a restart can settle, once there was one. */
export interface QueueHealth {
  broken: unknown;
}

export const storageFailing = ({ broken }: QueueHealth) =>
  new Problem('storage-failing', { cause: broken });

/** Verbs that are not done together run one after the other. The first that has to undo something ends all of them. */
export const runEach: BatchVerb<Verb<unknown>, unknown> = async (db, verbs) => {
  const outcomes: Outcome<unknown>[] = [];
  for (const verb of verbs) outcomes.push({ value: await verb(db) });
  return outcomes;
};

/** Runs all of a batch, or what of it does not write once the storage has failed. */
export async function runBatch(
  db: Kysely<Tables>,
  engine: Engine,
  asked: readonly QueuedVerb[],
  health: QueueHealth,
): Promise<void> {
  const batch = health.broken ? refuseWrites(asked, health) : asked;
  if (batch.length === 0) return;
  try {
    const outcomes = await retry(engine, batch.length, () =>
      engine.transaction(db, isolationOf(batch), (tx) => runVerbs(tx, engine, batch)),
    );
    for (const [waiting, outcome] of outcomes) {
      if ('error' in outcome) waiting.reject(outcome.error);
      else waiting.resolve(outcome.value);
    }
  } catch (error) {
    // What one verb has to undo would undo the others' work too, so each gets a transaction of its own.
    if (error instanceof RollbackNeeded && batch.length > 1) {
      for (const waiting of batch) await runBatch(db, engine, [waiting], health);
      return;
    }
    const cause = error instanceof RollbackNeeded ? error.cause : error;
    // Before anybody hears of it: who asks at once whether it happened must not be told by what is in memory.
    if (engine.faultOf(cause) === 'broken') health.broken ??= cause;
    const reads = batch.filter(({ isolation }) => isolation === 'read');
    const ended = reads.length < batch.length ? batch.filter((one) => !reads.includes(one)) : reads;
    for (const waiting of ended) waiting.reject(asProblem(engine, cause));
    // Whoever only read has nothing to do with what the others' writes broke.
    if (ended !== reads && reads.length > 0) await runBatch(db, engine, reads, health);
  }
}

/** Answers what is left. */
function refuseWrites(batch: readonly QueuedVerb[], health: QueueHealth): readonly QueuedVerb[] {
  for (const { isolation, reject } of batch)
    if (isolation !== 'read') reject(storageFailing(health));
  return batch.filter(({ isolation }) => isolation === 'read');
}

/** What failed by itself because of what others did at the same time is tried so often. */
const maxAttempts = 8;

/** A verb that is by itself already is tried again when others were in its way. */
async function retry<T>(engine: Engine, verbs: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof RollbackNeeded ? error.cause : error;
      const isWorthIt = verbs === 1 && engine.faultOf(cause) === 'again' && attempt < maxAttempts;
      if (!isWorthIt) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

const isolationOf = (batch: readonly QueuedVerb[]): Isolation | 'read' =>
  batch.find(({ isolation }) => isolation !== 'read')?.isolation ?? 'read';

/** A verb failed after it had written, or the engine takes nothing more in this transaction. */
class RollbackNeeded extends Error {
  override readonly name = 'Undo';
}

async function runVerbs(
  db: Db,
  engine: Engine,
  batch: readonly QueuedVerb[],
): Promise<(readonly [QueuedVerb, Outcome<unknown>])[]> {
  await lockInOrder(db, engine, batch);
  const answered: (readonly [QueuedVerb, Outcome<unknown>])[] = [];
  for (const group of groups(batch)) {
    // Many at once are undone together, whatever they have written.
    const watched = group.waiting.length > 1 ? { db, hasWritten: () => true } : watching(db);
    try {
      const outcomes = await group.run(
        watched.db,
        group.waiting.map(({ item }) => item),
      );
      group.waiting.forEach((waiting, index) => {
        answered.push([waiting, outcomes[index] as Outcome<unknown>]);
      });
    } catch (error) {
      const fault = engine.faultOf(error);
      if (fault !== undefined && fault !== 'again') throw error;
      if (fault === 'again' || watched.hasWritten()) {
        throw new RollbackNeeded('to be undone', { cause: error });
      }
      for (const waiting of group.waiting) answered.push([waiting, { error }]);
    }
  }
  return answered;
}

/**
 * Verbs take the deliveries that they change one by one, in the order in which they were asked for: two batches of two
 * processes would wait for each other. What is done together by itself takes its own in one order anyway.
 */
async function lockInOrder(db: Db, engine: Engine, batch: readonly QueuedVerb[]): Promise<void> {
  const ids = new Set(batch.flatMap(({ delivery }) => delivery ?? []));
  const isOneByOne = batch.some(({ run, delivery }) => run === runEach && delivery !== undefined);
  if (engine.isAlwaysExclusive || ids.size < 2 || !isOneByOne) return;
  try {
    await lockDeliveries(db, { ids: fewLengths([...ids]) });
  } catch (error) {
    throw engine.faultOf(error) === 'again'
      ? new RollbackNeeded('to be undone', { cause: error })
      : error;
  }
}

/** What can be done together, together; everything else by itself, so that a refusal that wrote nothing concerns nobody else. */
function groups(batch: readonly QueuedVerb[]) {
  const together = Map.groupBy(
    batch.filter(({ run }) => run !== runEach),
    ({ run }) => run,
  );
  return [
    ...batch
      .filter(({ run }) => run === runEach)
      .map((waiting) => ({ run: waiting.run, waiting: [waiting] })),
    ...[...together].map(([run, waiting]) => ({ run, waiting })),
  ];
}

const reading = new Set(['SelectQueryNode', 'RawNode']);

/** The same connection, which notes whether anything but a question was asked. */
function watching(db: Db): { readonly db: Db; hasWritten(): boolean } {
  let written = false;
  const noting = db.withPlugin({
    transformQuery: ({ node }) => {
      if (!reading.has(node.kind)) written = true;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { db: noting, hasWritten: () => written };
}

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
