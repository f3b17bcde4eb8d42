/** What one process does for all, now and then; who does it, the ledger says. */
import type { QueueCursor } from '../../ledger/types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import type { MaintenanceContext } from '../ports.ts';
import { isSuspectDue, reconcile } from './reconcile.ts';

interface Job {
  /** In milliseconds. */
  readonly every: number;
  /** Whether this process has a reason of its own to do it now. */
  isDue?(context: MaintenanceContext): boolean;
  /** Counts what was done, by name. */
  work(context: MaintenanceContext): Promise<Readonly<Record<string, number>>>;
}

const minute = 60_000;

/** What is found when vault and ledger are compared. */
export const lastReconcile = ({ ledger }: Pick<MaintenanceContext, 'ledger'>) =>
  ledger.findJobState('reconcile');

const jobs: Readonly<Record<string, Job>> = {
  reconcile: {
    every: 60 * minute,
    isDue: isSuspectDue,
    work: async (context) => ({ ...(await reconcile(context)) }),
  },
  tidy: { every: minute, work: tidyPool },
};

/** Does what is due and what no other process does, and looks again at what it doubts itself; answers what came of it. */
export async function runDueJobs(
  context: MaintenanceContext,
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const done: Record<string, Readonly<Record<string, number>>> = {};
  for (const [name, { every, isDue, work }] of Object.entries(jobs)) {
    if (isDue?.(context) || (await context.ledger.claimJob(name, context.now(), every))) {
      const found = await work(context);
      await context.ledger.saveJobState(name, { at: context.now(), found });
      done[name] = found;
    }
  }
  return done;
}

/** How many who wait are looked after at once. */
const batch = 64;

/** Gives the pool as many slots as it needs, and serves who was overlooked. */
export async function tidyPool(
  context: MaintenanceContext,
): Promise<{ readonly shrunk: number; readonly served: number }> {
  const { ledger } = context;
  let shrunk = 0;
  for (let done = 1; done > 0; shrunk += done) done = await ledger.compactSlots();
  return { shrunk, served: await serveOverlooked(context) };
}

type Serving = Pick<MaintenanceContext, 'ledger' | 'rules' | 'now'> & {
  readonly events: Pick<MaintenanceContext['events'], 'publish'>;
};

/** Serves everybody who waits although there is a gift for them; says how many. */
export async function serveOverlooked(context: Serving): Promise<number> {
  const { ledger, events } = context;
  let served = 0;
  for (let from: QueueCursor | undefined = start; from; ) {
    const { count, notices, next } = await ledger.serveOverlooked(
      deadlinesFrom(context),
      from,
      batch,
    );
    if (count > 0) events.publish(notices);
    served += count;
    from = next;
  }
  return served;
}

const start: QueueCursor = { pool: 0, ticket: 0 };
