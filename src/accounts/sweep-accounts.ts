/** The periodic job of accounts: keeps histories when the rows of their gifts go, and removes what is past its time. */
import type { Ledger } from '../ledger/ledger.ts';
import type { AccountLog } from './auth-options.ts';

/** The dependencies of the job. */
interface SweepContext {
  readonly ledger: Ledger;
  readonly log: AccountLog;
  readonly now: () => number;
  /** How long an entry is kept, in milliseconds. */
  readonly historyTtl: number;
}

const minute = 60_000;
const every = 5 * minute;
/** Facts are saved this long before their rows may be purged: longer than a pause between two runs. */
const foresight = 60 * minute;
const batch = 500;

/** Runs the job at the start, before rows are purged after a pause of the service, and then every five minutes in one process. */
export async function startAccountSweep(context: SweepContext): Promise<{ stop(): Promise<void> }> {
  const { ledger, log, now } = context;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      if (await ledger.claimJob('accounts', now(), every)) await sweepOnce(context);
    } catch (err) {
      log.error({ err }, 'the sweep of accounts failed');
    }
  };
  const run = () => {
    running = running.then(round);
  };
  await round();
  const timer = setInterval(run, every);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Does all that is due. */
async function sweepOnce({ ledger, now, historyTtl }: Omit<SweepContext, 'log'>): Promise<void> {
  await ledger.sweepAccounts(now());
  for (let removed = batch; removed >= batch; ) {
    const times = { purgeBefore: now() + foresight, beganBefore: now() - historyTtl, limit: batch };
    ({ removed } = await ledger.sweepHistory(times));
  }
}
