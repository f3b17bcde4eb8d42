/** Compares vault and ledger, and removes what only one of them knows (R8). */
import { deadlinesFrom } from '../deadlines.ts';
import type { MaintenanceContext } from '../ports.ts';
import { isMass } from '../storage/missing-bytes.ts';
import { assertBound } from '../storage/vault-binding.ts';
import { removeBytes } from './remove-bytes.ts';

interface ReconcileReport {
  /** Gifts whose bytes must be in the vault, and files that are in it. */
  readonly rows: number;
  readonly blobs: number;
  /** Files without a row, removed. */
  readonly stray: number;
  /** Rows without bytes, quarantined. */
  readonly missing: number;
  /** Rows without bytes that are too many to quarantine: the operator decides. */
  readonly withheld: number;
  /** Keys of both kinds that wait for a second look. */
  readonly doubtful: number;
  /** Unfinished files of interrupted gives, removed. */
  readonly unfinished: number;
}

/** Files and rows younger than this are left alone, in milliseconds: their give may still be running. */
export const minStrayAge = 60 * 60 * 1000; // mutant: sweep-of-the-young

/**
 * Compares vault and ledger shard by shard. A difference counts only at a second look a minute later, since clocks jump and a
 * running give may look old. Throws `ForeignVault`.
 */
export async function reconcile(context: MaintenanceContext): Promise<ReconcileReport> {
  const { ledger, vault } = context;
  await assertBound(vault, context.vaultId);
  const now = context.now();
  const settled = now - minStrayAge;
  const doubt = trackSuspects(context);
  let [rowCount, blobs, stray] = [0, 0, 0];
  const missing: string[] = [];
  for await (const { shard, keys } of vault.shards()) {
    // Lists the vault first: files that arrive meanwhile are young, and rows that go are not missed.
    const rows = await ledger.keysOfShard(shard);
    rowCount += rows.size;
    blobs += keys.size;
    const unknown = [...keys].filter(([key, { storedAt }]) => !rows.has(key) && storedAt <= settled);
    stray += (await removeBytes(context, doubt.sureOf(unknown), now)).size;
    const gone = [...rows].filter(([key, { givenAt, isNeeded }]) => !keys.has(key) && givenAt <= settled && isNeeded);
    missing.push(...doubt.sureOf(gone));
  }
  doubt.remember();
  const lost = isMass(missing.length, rowCount) ? [] : missing;
  return {
    rows: rowCount,
    blobs,
    stray,
    missing: await quarantineMissing(context, lost),
    withheld: missing.length - lost.length,
    doubtful: context.suspects.size,
    unfinished: await vault.sweep(now, minStrayAge),
  };
}

async function quarantineMissing(context: MaintenanceContext, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const { count, notices } = await context.ledger.quarantineMissing(keys, deadlinesFrom(context));
  context.events.publish(notices);
  return count;
}

/** How long a difference must last before it counts, in milliseconds; longer than a give takes to commit. */
export const suspicionTime = 60_000; // mutant: sweep-of-the-young-at-once

/** How many suspects are remembered at most; the rest waits for the next look. */
const maxSuspects = 100_000;

/** True if a suspect is due for its second look. */
export const isSuspectDue = ({ suspects, elapsed }: Pick<MaintenanceContext, 'suspects' | 'elapsed'>): boolean =>
  [...suspects.values()].some((since) => elapsed() - since >= suspicionTime);

function trackSuspects({ suspects, elapsed }: Pick<MaintenanceContext, 'suspects' | 'elapsed'>) {
  const now = elapsed();
  const next = new Map<string, number>();
  return {
    /** The keys that were suspect for long enough; the others are suspect from now on. */
    sureOf: (found: readonly (readonly [key: string, unknown])[]): string[] => {
      const sure: string[] = [];
      for (const [key] of found) {
        const since = suspects.get(key) ?? now;
        if (now - since >= suspicionTime) sure.push(key);
        else if (next.size < maxSuspects) next.set(key, since);
      }
      return sure;
    },
    /** Forgets suspects that agree again. */
    remember: () => {
      suspects.clear();
      for (const [key, since] of next) suspects.set(key, since);
    },
  };
}
