import { createFailureLog } from '../../platform/failure-log.ts';
import type { MaintenanceContext } from '../ports.ts';
import { runDueJobs } from './jobs.ts';
import { sweep } from './sweep.ts';

/** The part of a logger that the scheduler needs. */
interface Log {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface Scheduler {
  stop(): Promise<void>;
}

/** The longest pause between sweeps, and the shortest between checks for due jobs, in milliseconds. */
const maxPause = 30_000;
const jobsPause = 20_000;

const withheldSentence =
  'many gifts have no bytes, and none is quarantined: bring the bytes back from a backup, or accept the loss with "rfx doctor --repair --accept-loss"';

/** Sweeps when the next lease ends and at least every half minute, and then runs the jobs that are due. */
export function startScheduler(context: MaintenanceContext, log: Log): Scheduler {
  const failures = createFailureLog();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let jobsAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();

  const round = async () => {
    try {
      const report = await sweep(context);
      if (Object.values(report).some((count) => count > 0)) log.info(report, 'swept');
      if (performance.now() - jobsAt > jobsPause) {
        jobsAt = performance.now();
        for (const [job, found] of Object.entries(await runDueJobs(context))) {
          if (Object.values(found).some((count) => count > 0)) log.info({ job, ...found }, 'done');
          if (found.withheld) log.error({ withheld: found.withheld }, withheldSentence);
        }
      }
    } catch (err) {
      failures.note(log, 'sweep', { err }, 'sweep failed');
    }
    if (!stopped) plan(await pause(context));
  };
  const plan = (milliseconds: number) => {
    timer = setTimeout(() => {
      running = round();
    }, milliseconds);
    timer.unref();
  };
  plan(0);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** The pause until the next sweep; no longer than a lease, so that one that begins meanwhile does not wait too long. */
async function pause({ ledger, now, rules }: MaintenanceContext): Promise<number> {
  const next = await ledger.nextLeaseEnd().catch(() => undefined);
  const maxPauseNow = Math.min(maxPause, rules.lease);
  return next === undefined ? maxPauseNow : Math.min(maxPauseNow, Math.max(10, next - now()));
}
