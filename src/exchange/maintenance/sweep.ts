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

export interface ReconcileReport {
  /** Gifts whose bytes must be in the vault, and bytes that are. */
  readonly rows: number;
  readonly blobs: number;
  /** Bytes without a row, removed. */
  readonly stray: number;
  /** Rows without bytes, quarantined. */
  readonly missing: number;
  /** What of both has to be seen once more. */
  readonly doubtful: number;
  /** What broken gives left behind, removed. */
  readonly unfinished: number;
}

/** Nothing younger than this is touched: it may belong to a give that is still under way. */
export const minStrayAge = 60 * 60 * 1000; // mutant: sweep-of-the-young

/**
 * Compares vault and ledger, shard by shard (R8). What they do not agree about is believed only at another look, a minute later
 * at least: clocks jump, and those of several machines differ, so that what is under way may look old. Throws, and touches
 * nothing, when what is there is not the ledger's vault.
 */
export async function reconcile(context: MaintenanceContext): Promise<ReconcileReport> {
  const { ledger, vault } = context;
  await assertBound(vault, context.vaultId);
  const now = context.now();
  const settled = now - minStrayAge;
  const doubt = trackSuspects(context);
  let [rowCount, blobs, stray, missing] = [0, 0, 0, 0];
  for await (const { shard, keys } of vault.shards()) {
    // The vault is listed before the ledger: bytes that came in between are young, rows that went are not missed.
    const rows = await ledger.keysOfShard(shard);
    rowCount += rows.size;
    blobs += keys.size;
    const unknown = [...keys].filter(
      ([key, { storedAt }]) => !rows.has(key) && storedAt <= settled,
    );
    stray += (await removeBytes(context, doubt.sureOf(unknown), now)).size;
    const gone = [...rows].filter(([key, { givenAt }]) => !keys.has(key) && givenAt <= settled);
    missing += await quarantineMissing(context, doubt.sureOf(gone));
  }
  doubt.remember();
  const unfinished = await vault.sweep(now, minStrayAge);
  return { rows: rowCount, blobs, stray, missing, doubtful: context.suspects.size, unfinished };
}

async function quarantineMissing(
  context: MaintenanceContext,
  keys: readonly string[],
): Promise<number> {
  if (keys.length === 0) return 0;
  const { count, notices } = await context.ledger.quarantineMissing(keys, deadlinesFrom(context));
  context.events.publish(notices);
  return count;
}

/** How long something is in doubt before it is believed, in milliseconds; longer than any give takes to be noted. */
export const suspicionTime = 60_000; // mutant: sweep-of-the-young-at-once

/** What is more waits for the next look, so that a large mistake does not fill the memory. */
const maxSuspects = 100_000;

/** Whether there is something to look at again by now. */
export const isSuspectDue = ({
  suspects,
  elapsed,
}: Pick<MaintenanceContext, 'suspects' | 'elapsed'>): boolean =>
  [...suspects.values()].some((since) => elapsed() - since >= suspicionTime);

function trackSuspects({ suspects, elapsed }: Pick<MaintenanceContext, 'suspects' | 'elapsed'>) {
  const now = elapsed();
  const next = new Map<string, number>();
  return {
    /** Which of the suspects have been in doubt for long enough; the others are from now on. */
    sureOf: (found: readonly (readonly [key: string, unknown])[]): string[] => {
      const sure: string[] = [];
      for (const [key] of found) {
        const since = suspects.get(key) ?? now;
        if (now - since >= suspicionTime) sure.push(key);
        else if (next.size < maxSuspects) next.set(key, since);
      }
      return sure;
    },
    /** Of what turned out well meanwhile nothing is left. */
    remember: () => {
      suspects.clear();
      for (const [key, since] of next) suspects.set(key, since);
    },
  };
}
