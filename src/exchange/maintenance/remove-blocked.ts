/** Takes gifts out of circulation that came before the operator's blocklist named them. */
import { deadlinesFrom } from '../deadlines.ts';
import { publishStep } from '../events.ts';
import type { MaintenanceContext } from '../ports.ts';

/**
 * Compares the gifts that are new since the last call, or all of them with a new list. At most `batch`
 * leave in one transaction; answers how many did.
 *
 * Each call repeats the round before: a gift may commit after one with a higher id, or after its inspection with an older list.
 */
export async function removeBlocked(context: MaintenanceContext, batch: number): Promise<number> {
  const { blocklist, blocklistProgress: progress, ledger } = context;
  if (!blocklist) return 0;
  await blocklist.refresh();
  const hashes = blocklist.hashes();
  const from = hashes === progress.hashes ? progress.from : 0;
  let last = from;
  let removed = 0;
  for (;;) {
    const gifts = await ledger.bytesInUse(last);
    const blocked = gifts.filter(({ sha256 }) => hashes.has(sha256)).map(({ key }) => key);
    removed += await quarantineBlocked(context, blocked, batch);
    const end = gifts.at(-1)?.id;
    if (end === undefined) break;
    last = end;
  }
  Object.assign(progress, { hashes, from: hashes === progress.hashes ? progress.last : 0, last });
  return removed;
}

async function quarantineBlocked(context: MaintenanceContext, keys: readonly string[], batch: number): Promise<number> {
  let removed = 0;
  for (let at = 0; at < keys.length; at += batch) {
    const some = keys.slice(at, at + batch);
    removed += publishStep(context.events, await context.ledger.quarantineBlocked(some, deadlinesFrom(context)));
  }
  return removed;
}
