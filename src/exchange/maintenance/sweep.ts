/** The sweep: expires leases, tickets and gifts, quarantines blocked ones, removes bytes, and purges rows. */
import { deadlinesFrom } from '../deadlines.ts';
import { expiryBatch, publishSteps, untilDone } from '../events.ts';
import type { MaintenanceContext } from '../ports.ts';
import { removeBlocked } from './remove-blocked.ts';
import { removeBytes } from './remove-bytes.ts';

interface SweepReport {
  readonly lapsed: number;
  readonly expired: number;
  /** Gifts that the blocklist names. */
  readonly blocked: number;
  readonly removed: number;
  /** Keys whose bytes this process could not remove yet. */
  readonly unremoved: number;
  readonly purged: number;
}

const batch = 100;

/** Does all that is due, in small transactions. Any process may run it at any time. */
export async function sweep(context: MaintenanceContext): Promise<SweepReport> {
  const deadlines = deadlinesFrom(context);
  const { ledger, rules, events } = context;
  // A worker may outlive its killed primary for a moment, and note an arrival after the next start has read the notes.
  await context.settleArrivals();
  const lapsed = await publishSteps(events, () => ledger.expireLeases(deadlines, batch));
  const expired = await publishSteps(events, () =>
    ledger.expire(deadlines, deadlines.now - rules.giftTtl, expiryBatch),
  );
  const blocked = await removeBlocked(context, expiryBatch);
  await publishSteps(events, () => ledger.releaseGifts(deadlines, expiryBatch));
  const removed = await untilDone(() => removeDue(context, deadlines.now));
  await ledger.forgetParties(deadlines.now - rules.retention);
  const purged = await untilDone(() => ledger.purge(deadlines.now, batch));
  return { lapsed, expired, blocked, removed, unremoved: context.removalRetries.size, purged };
}

/**
 * Removes bytes that the ledger has released already (P1). The rows are the queue: a failed removal stays in it, and delays no
 * other.
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
