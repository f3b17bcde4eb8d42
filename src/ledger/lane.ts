/**
 * Group commit: all verbs that are asked for in one turn of the event loop run in one transaction and are answered after the
 * one commit. An fsync is the price of a commit, so sharing it is what makes a durable ledger fast. Verbs of one kind that
 * can be done together are: a hundred draws are then as many queries as one.
 */
import type { Kysely } from 'kysely';
import { Problem } from '../contract/problems.ts';
import type { Engine, Turn } from './engine.ts';
import type { Db, Tables } from './tables.ts';

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** What one of many came to, when its refusal concerns nobody else: it must have written nothing by then. */
export const settled = <T>(answer: Promise<T>): Promise<Outcome<T>> =>
  answer.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof Problem) return { error };
      throw error;
    },
  );

type Verb<T> = (db: Db) => Promise<T>;

/** Does the same for many at once, and answers for each in their order. It throws only when all of it failed. */
export type Together<I, T> = (db: Db, items: readonly I[]) => Promise<readonly Outcome<T>[]>;

interface Waiting {
  readonly run: Together<unknown, unknown>;
  readonly item: unknown;
  readonly turn: Turn | 'read';
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The one way to the database: verbs wait in line, and no read sees what is not committed. */
export interface Lane {
  write<T>(verb: Verb<T>, turn?: Turn): Promise<T>;
  /** The same for something that can be done for many at once. */
  writeTogether<I, T>(run: Together<I, T>, item: I, turn?: Turn): Promise<T>;
  read<T>(verb: Verb<T>): Promise<T>;
  /** Throws when the storage has failed in a way that only a restart can settle, or cannot be reached. */
  check(): Promise<void>;
  /** Waits until everything asked for so far is answered. */
  idle(): Promise<void>;
}

/** No more verbs than this share a transaction. */
export const largestBatch = 256;

/** Opens a lane; as many transactions run side by side as the engine likes. */
export function openLane(db: Kysely<Tables>, engine: Engine): Lane {
  let line: Waiting[] = [];
  const health: Health = { broken: undefined };
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
    if (running.size >= engine.width) return;
    const run = nextTurn()
      .then(drain)
      .finally(() => {
        running.delete(run);
        // Whoever came after the last look at the line.
        if (line.length > 0) start();
      });
    running.add(run);
  };
  const join = <T>(run: Together<never, T>, item: unknown, turn: Waiting['turn']) =>
    new Promise<T>((resolve, reject) => {
      line.push({
        run: run as Together<unknown, unknown>,
        item,
        turn,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      start();
    });

  return {
    write: (verb, turn = 'any') => join(eachAlone, verb, turn) as Promise<never>,
    writeTogether: (run, item, turn = 'any') => join(run as never, item, turn),
    read: (verb) => join(eachAlone, verb, 'read') as Promise<never>,
    check: async () => {
      if (health.broken) throw refusal(health);
      await engine.check(db).catch((error: unknown) => {
        throw asProblem(engine, error);
      });
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** The failure that only a restart can settle, once there was one. */
interface Health {
  broken: unknown;
}

const refusal = ({ broken }: Health) => new Problem('storage-failing', { cause: broken });

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The first in line and all that may share its transaction. Reads go with anything. */
function nextBatch(line: readonly Waiting[], engine: Engine): Waiting[] {
  const first = line.find(({ turn }) => turn !== 'read')?.turn;
  return line
    .filter(({ turn }) => turn === 'read' || turn === first || engine.width === 1)
    .slice(0, largestBatch);
}

/** Verbs that are not done together run one after the other. The first that has to undo something ends all of them. */
const eachAlone: Together<Verb<unknown>, unknown> = async (db, verbs) => {
  const outcomes: Outcome<unknown>[] = [];
  for (const verb of verbs) outcomes.push({ value: await verb(db) });
  return outcomes;
};

/** Runs all of a batch, or what of it does not write once the storage has failed. */
async function runBatch(
  db: Kysely<Tables>,
  engine: Engine,
  asked: readonly Waiting[],
  health: Health,
): Promise<void> {
  const batch = health.broken ? refuseWrites(asked, health) : asked;
  if (batch.length === 0) return;
  try {
    const outcomes = await again(engine, batch.length, () =>
      engine.transact(db, turnOf(batch), (tx) => runVerbs(tx, engine, batch)),
    );
    for (const [waiting, outcome] of outcomes) {
      if ('error' in outcome) waiting.reject(outcome.error);
      else waiting.resolve(outcome.value);
    }
  } catch (error) {
    // What one verb has to undo would undo the others' work too, so each gets a transaction of its own.
    if (error instanceof Undo && batch.length > 1) {
      for (const waiting of batch) await runBatch(db, engine, [waiting], health);
      return;
    }
    const cause = error instanceof Undo ? error.cause : error;
    // Before anybody hears of it: who asks at once whether it happened must not be told by what is in memory.
    if (engine.faultOf(cause) === 'broken') health.broken ??= cause;
    const reads = batch.filter(({ turn }) => turn === 'read');
    const ended = reads.length < batch.length ? batch.filter((one) => !reads.includes(one)) : reads;
    for (const waiting of ended) waiting.reject(asProblem(engine, cause));
    // Whoever only read has nothing to do with what the others' writes broke.
    if (ended !== reads && reads.length > 0) await runBatch(db, engine, reads, health);
  }
}

/** Answers what is left. */
function refuseWrites(batch: readonly Waiting[], health: Health): readonly Waiting[] {
  for (const { turn, reject } of batch) if (turn !== 'read') reject(refusal(health));
  return batch.filter(({ turn }) => turn === 'read');
}

/** What failed by itself because of what others did at the same time is tried so often. */
const tries = 8;

/** A verb that is by itself already is tried again when others were in its way. */
async function again<T>(engine: Engine, verbs: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof Undo ? error.cause : error;
      const isWorthIt = verbs === 1 && engine.faultOf(cause) === 'again' && attempt < tries;
      if (!isWorthIt) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

const turnOf = (batch: readonly Waiting[]): Turn | 'read' =>
  batch.find(({ turn }) => turn !== 'read')?.turn ?? 'read';

/** A verb failed after it had written, or the engine takes nothing more in this transaction. */
class Undo extends Error {
  override readonly name = 'Undo';
}

async function runVerbs(
  db: Db,
  engine: Engine,
  batch: readonly Waiting[],
): Promise<(readonly [Waiting, Outcome<unknown>])[]> {
  const answered: (readonly [Waiting, Outcome<unknown>])[] = [];
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
        throw new Undo('to be undone', { cause: error });
      }
      for (const waiting of group.waiting) answered.push([waiting, { error }]);
    }
  }
  return answered;
}

/** What can be done together, together; everything else by itself, so that a refusal that wrote nothing concerns nobody else. */
function groups(batch: readonly Waiting[]) {
  const together = Map.groupBy(
    batch.filter(({ run }) => run !== eachAlone),
    ({ run }) => run,
  );
  return [
    ...batch
      .filter(({ run }) => run === eachAlone)
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

function asProblem(engine: Engine, error: unknown): unknown {
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
