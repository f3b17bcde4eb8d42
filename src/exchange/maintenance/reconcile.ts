/** Compares vault and ledger, and removes what only one of them knows (R8). */
import { deadlinesFrom } from '../deadlines.ts';
import type { MaintenanceContext } from '../ports.ts';
import { assertBound } from '../vault-binding.ts';
import { removeBytes } from './remove-bytes.ts';

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
