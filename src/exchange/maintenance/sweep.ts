/** What time does: leases run out, tickets and gifts expire, bytes nobody needs go, vault and ledger are reconciled. */
import { deadlinesFrom } from '../deadlines.ts';
import type { MaintenanceContext } from '../ports.ts';
import { removeBytes } from './remove-bytes.ts';

export interface SweepReport {
  readonly lapsed: number;
  readonly expired: number;
  readonly removed: number;
  /** Bytes that this process could not remove yet. */
  readonly unremoved: number;
  readonly purged: number;
}

const batch = 100;

/** Does all that is due by now, in small transactions. Any process may do it at any time. */
export async function sweep(context: MaintenanceContext): Promise<SweepReport> {
  const deadlines = deadlinesFrom(context);
  const { ledger, rules, events } = context;
  const lapsed = await untilDone(async () => {
    const { count, notices } = await ledger.expireLeases(deadlines, batch);
    if (count > 0) events.publish(notices);
    return count;
  });
  const expired = await untilDone(async () => {
    const { count, notices } = await ledger.expire(deadlines, deadlines.now - rules.giftTtl, batch);
    if (count > 0) events.publish(notices);
    return count;
  });
  const removed = await untilDone(() => removeDue(context, deadlines.now));
  const purged = await untilDone(() => ledger.purge(deadlines.now, batch));
  return { lapsed, expired, removed, unremoved: context.removalRetries.size, purged };
}

async function untilDone(step: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await step();
    total += count;
    if (count === 0) return total;
  }
}

/**
 * The ledger has let go of them already (P1: removal is the reverse of giving); only then the bytes go. The rows that
 * are left are the queue: what cannot be removed now is asked for again, and keeps nothing else waiting.
 */
async function removeDue(context: MaintenanceContext, now: number): Promise<number> {
  const { ledger, removalRetries } = context;
  const due = await ledger.removable(now, batch + removalRetries.size);
  const removed = await removeBytes(
    context,
    due.map(({ key }) => key),
    now,
  );
  const ids = due.filter(({ key }) => removed.has(key)).map(({ id }) => id);
  await ledger.markRemoved(ids);
  return ids.length;
}
