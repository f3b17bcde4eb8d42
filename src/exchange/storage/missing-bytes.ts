/** Gifts whose bytes are missing: a few are quarantined, many are a storage that lies, which only the operator can judge. */
import { Problem } from '../../contract/problems/problem.ts';
import type { ExchangeContext } from '../ports.ts';

/** This many gifts are quarantined at once, and by one process in an hour, because their bytes are missing. */
export const maxMissing = 5;

/** Below this number half of all gifts may be missing by chance. */
const minMass = 3;

/** True if too many of some gifts are missing to be single faults. */
export const isMass = (missing: number, gifts: number): boolean =>
  missing > maxMissing || (missing >= minMass && missing * 2 >= gifts);

/** How many other gifts are looked for when one is missing. */
const sampleSize = 20;
const hour = 60 * 60 * 1000;

type LossContext = Pick<ExchangeContext, 'ledger' | 'vault' | 'losses' | 'elapsed'>;

/**
 * Notes that the bytes of a drawn gift are missing. Throws `storage-failing` if the loss is not a single one: then nothing may be
 * quarantined.
 */
export async function noteLoss(context: LossContext, key: string): Promise<void> {
  const { losses, elapsed } = context;
  const now = elapsed();
  losses.splice(0, losses.length, ...losses.filter((at) => now - at < hour));
  const { looked, missing } = await sampleOthers(context, key);
  const isEmptied = looked >= maxMissing && missing * 2 > looked;
  if (isEmptied || losses.length >= maxMissing) {
    const seen = isEmptied
      ? `of ${looked} other gifts ${missing} are missing too`
      : `${losses.length} others were, too`;
    const cause = new Error(`the bytes of gift ${key} are missing, and ${seen}; nothing is quarantined: ${advice}`);
    throw new Problem('storage-failing', { cause });
  }
  losses.push(now);
}

const advice = 'bring the bytes back from a backup, or accept the loss with "rfx doctor --repair --accept-loss"';

/** Looks for the bytes of other gifts, beginning with those of the same shard. */
async function sampleOthers({ ledger, vault }: LossContext, key: string): Promise<{ looked: number; missing: number }> {
  let [looked, missing] = [0, 0];
  for (const shard of shardsFrom(key)) {
    for (const [other, { isNeeded }] of await ledger.keysOfShard(shard)) {
      if (!isNeeded || other === key) continue;
      looked += 1;
      if (!(await vault.has(other))) missing += 1;
      if (looked === sampleSize) return { looked, missing };
    }
  }
  return { looked, missing };
}

/** All shards, beginning with that of the key. */
function shardsFrom(key: string): string[] {
  const first = Number.parseInt(key.slice(0, 2), 16);
  return Array.from({ length: 256 }, (_, n) => ((first + n) % 256).toString(16).padStart(2, '0'));
}
