/**
 * The clock of processes that share a ledger: the database's time, continued by a monotonic clock. A machine whose clock is ahead
 * would expire the leases of all others.
 */
import type { Ledger } from '../ledger/ledger.ts';

/** How often the database is asked for its time, in milliseconds. */
const askPause = 30_000;

interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  stop(): void;
}

/** Starts a clock by the ledger's time; `elapsed` is a monotonic clock in milliseconds. Throws when the ledger does not answer. */
export async function startClock(
  ledger: Pick<Ledger, 'time'>,
  elapsed: () => number = () => performance.now(),
): Promise<Clock> {
  const ask = async () => ({ time: await ledger.time(), at: elapsed() });
  let latest = await ask();
  const timer = setInterval(async () => {
    // While the ledger is away, the clock continues.
    latest = await ask().catch(() => latest);
  }, askPause).unref();
  return {
    now: () => Math.round(latest.time + elapsed() - latest.at),
    stop: () => clearInterval(timer),
  };
}
