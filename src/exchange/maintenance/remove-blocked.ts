/** Takes gifts out of circulation that came before the operator's blocklist, or a decision at the desk, named them. */
import type { Hashes } from '../../inspection/blocklist.ts';
import { withdrawInBatches } from '../desk/withdraw-gifts.ts';
import type { MaintenanceContext } from '../ports.ts';

const none: Hashes = new Set();

/**
 * Compares the gifts that are new since the last call, or all of them with a new list. At most `batch`
 * leave in one transaction; answers how many did.
 *
 * Each call repeats the round before: a gift may commit after one with a higher id, or after its inspection with an older list.
 */
export async function removeBlocked(context: MaintenanceContext, batch: number): Promise<number> {
  const { blocklistProgress: progress, ledger } = context;
  const lists = await readLists(context);
  const { listed, withheld } = lists;
  const isSame = listed === progress.listed && withheld === progress.withheld;
  const from = isSame ? progress.from : 0;
  let last = from;
  let removed = 0;
  while (listed.size + withheld.size > 0) {
    const gifts = await ledger.bytesInUse(last);
    const keysIn = (hashes: Hashes) => gifts.filter(({ sha256 }) => hashes.has(sha256)).map(({ key }) => key);
    removed += await withdrawInBatches(context, keysIn(listed), batch, ledger.quarantineBlocked); // mutant: blocklist-not-for-pool
    removed += await withdrawInBatches(context, keysIn(withheld), batch, ledger.withholdGifts);
    const end = gifts.at(-1)?.id;
    if (end === undefined) break;
    last = end;
  }
  Object.assign(progress, lists, { from: isSame ? progress.last : 0, last });
  return removed;
}

/** The operator's file, and what the desk withholds: read again only after an entry in its log. */
async function readLists({ blocklist, blocklistProgress: progress, ledger }: MaintenanceContext) {
  await blocklist?.refresh();
  const listed = blocklist?.hashes() ?? none;
  const version = await ledger.deskVersion();
  if (version === progress.version) return { listed, withheld: progress.withheld, version };
  return { listed, withheld: new Set(await ledger.withheldHashes()), version };
}
