/**
 * The clock of those who share a ledger. Machines' clocks differ and are set, and a process whose clock is ahead would take the
 * leases of all others for over. So the ledger is asked for the time, and in between a clock counts on that nobody sets.
 */
import type { Ledger } from '../ledger/ledger.ts';

/** How often the ledger is asked, in milliseconds. */
const pause = 30_000;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  stop(): void;
}

/** Starts a clock by a ledger's time; `elapsed` is a clock that nobody sets, in milliseconds. Throws when the ledger does not answer. */
export async function startClock(
  ledger: Pick<Ledger, 'time'>,
  elapsed: () => number = () => performance.now(),
): Promise<Clock> {
  const ask = async () => ({ time: await ledger.time(), at: elapsed() });
  let told = await ask();
  const timer = setInterval(async () => {
    // Where the ledger is away, the clock goes on as it did.
    told = await ask().catch(() => told);
  }, pause).unref();
  return {
    now: () => Math.round(told.time + elapsed() - told.at),
    stop: () => clearInterval(timer),
  };
}
