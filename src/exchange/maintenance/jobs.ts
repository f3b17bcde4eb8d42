/** Periodic jobs. The ledger elects the one process that runs each of them. */
import type { QueueCursor } from '../../ledger/types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import { publishStep, untilDone } from '../events.ts';
import type { MaintenanceContext } from '../ports.ts';
import { clearRooms } from '../rooms/rooms.ts';
import { closeDueRounds } from '../rounds/close-round.ts';
import { isSuspectDue, reconcile } from './reconcile.ts';

interface Job {
  /** In milliseconds. */
  readonly every: number;
  /** True if this process has a reason of its own to run the job now. */
  isDue?(context: MaintenanceContext): boolean;
  /** Runs the job; answers counts by name. */
  work(context: MaintenanceContext): Promise<Readonly<Record<string, number>>>;
}

const minute = 60_000;

/** The result of the last complete reconcile in any process. */
export const lastReconcile = ({ ledger }: Pick<MaintenanceContext, 'ledger'>) => ledger.findJobState('reconcile');

const jobs: Readonly<Record<string, Job>> = {
  reconcile: {
    every: 60 * minute,
    isDue: isSuspectDue,
    work: async (context) => ({ ...(await reconcile(context)) }),
  },
  tidy: { every: minute, work: tidyPool },
  rooms: { every: minute, work: tidyRooms },
  rounds: { every: minute / 3, work: async (context) => ({ closed: await closeDueRounds(context) }) },
};

/** How long a closed room is remembered, so that latecomers are told. */
const roomMemory = 7 * 24 * 60 * minute;

const purgeBatch = 10;

/** Removes what has come back into rooms that have ended, and forgets closed rooms. */
async function tidyRooms(
  context: MaintenanceContext,
): Promise<{ readonly cleared: number; readonly forgotten: number }> {
  const { ledger, now } = context;
  const cleared = await clearRooms(context);
  const forgotten = await untilDone(() => ledger.purgeRooms(now() - roomMemory, purgeBatch));
  return { cleared, forgotten };
}

/** Runs the jobs that are due for this process; answers their results by name. */
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

/** How many waiting tickets one query reads. */
const batch = 64;

/** Compacts the slots of sparse pools, and serves overlooked tickets. */
async function tidyPool(context: MaintenanceContext): Promise<{ readonly shrunk: number; readonly served: number }> {
  const { ledger } = context;
  // Before kinds that are no longer owed are forgotten: a ticket may wait beside one.
  const served = await serveWaitingTickets(context);
  let shrunk = 0;
  for (let done = 1; done > 0; shrunk += done) done = await ledger.compactSlots();
  return { shrunk, served };
}

type ServeContext = Pick<MaintenanceContext, 'ledger' | 'rules' | 'now'> & {
  readonly events: Pick<MaintenanceContext['events'], 'publish'>;
};

/** Serves waiting tickets that have a gift in the pool; answers how many. */
export async function serveWaitingTickets(context: ServeContext): Promise<number> {
  const { ledger, events } = context;
  let served = 0;
  for (let from: QueueCursor | undefined = start; from; ) {
    const step = await ledger.serveOverlooked(deadlinesFrom(context), from, batch);
    served += publishStep(events, step);
    from = step.next;
  }
  return served;
}

const start: QueueCursor = { pool: 0, ticket: 0 };
