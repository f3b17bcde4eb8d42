/** What one process does for all, now and then; who does it, the ledger says. */
import type { Line } from '../../ledger/ledger.ts';
import { termsAt, type Upkeep } from '../ports.ts';
import { isDoubtDue, reconcile } from './sweep.ts';

interface Chore {
  /** In milliseconds. */
  readonly every: number;
  /** Whether this process has a reason of its own to do it now. */
  isDue?(context: Upkeep): boolean;
  /** Counts what was done, by name. */
  work(context: Upkeep): Promise<Readonly<Record<string, number>>>;
}

const minute = 60_000;

/** What is found when vault and ledger are compared. */
export const lastReconcile = ({ ledger }: Pick<Upkeep, 'ledger'>) =>
  ledger.findChoreNote('reconcile');

const chores: Readonly<Record<string, Chore>> = {
  reconcile: {
    every: 60 * minute,
    isDue: isDoubtDue,
    work: async (context) => ({ ...(await reconcile(context)) }),
  },
  tidy: { every: minute, work: tidy },
};

/** Does what is due and what no other process does, and looks again at what it doubts itself; answers what came of it. */
export async function doChores(
  context: Upkeep,
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const done: Record<string, Readonly<Record<string, number>>> = {};
  for (const [name, { every, isDue, work }] of Object.entries(chores)) {
    if (isDue?.(context) || (await context.ledger.claimChore(name, context.now(), every))) {
      const found = await work(context);
      await context.ledger.noteChore(name, { at: context.now(), found });
      done[name] = found;
    }
  }
  return done;
}

/** How many who wait are looked after at once. */
const batch = 64;

/** Gives the pool as many slots as it needs, and serves who was overlooked. */
export async function tidy(
  context: Upkeep,
): Promise<{ readonly shrunk: number; readonly served: number }> {
  const { ledger } = context;
  let shrunk = 0;
  for (let done = 1; done > 0; shrunk += done) done = await ledger.shrink();
  return { shrunk, served: await serveWaiting(context) };
}

type Serving = Pick<Upkeep, 'ledger' | 'rules' | 'now'> & {
  readonly board: Pick<Upkeep['board'], 'announce'>;
};

/** Serves everybody who waits although there is a gift for them; says how many. */
export async function serveWaiting(context: Serving): Promise<number> {
  const { ledger, board } = context;
  let served = 0;
  for (let from: Line | undefined = start; from; ) {
    const { count, notices, next } = await ledger.serveWaiting(termsAt(context), from, batch);
    if (count > 0) board.announce(notices);
    served += count;
    from = next;
  }
  return served;
}

const start: Line = { pool: 0, ticket: 0 };
