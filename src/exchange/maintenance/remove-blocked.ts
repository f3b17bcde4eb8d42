/** Takes gifts out of circulation that came before the operator's blocklist, or a decision at the desk, named them. */
import type { Hashes } from '../../inspection/blocklist.ts';
import type { SweepResult } from '../../ledger/types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import { publishStep } from '../events.ts';
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
  const { listed, withheld } = await readLists(context);
  if (listed.size + withheld.size === 0) return 0;
  const from = listed === progress.listed && withheld === progress.withheld ? progress.from : 0;
  let last = from;
  let removed = 0;
  for (;;) {
    const gifts = await ledger.bytesInUse(last);
    const keysIn = (hashes: Hashes) => gifts.filter(({ sha256 }) => hashes.has(sha256)).map(({ key }) => key);
    removed += await inBatches(context, keysIn(listed), batch, ledger.quarantineBlocked);
    removed += await inBatches(context, keysIn(withheld), batch, ledger.withholdGifts);
    const end = gifts.at(-1)?.id;
    if (end === undefined) break;
    last = end;
  }
  const isSame = listed === progress.listed && withheld === progress.withheld;
  Object.assign(progress, { listed, withheld, from: isSame ? progress.last : 0, last });
  return removed;
}

/** The operator's file, and what the desk withholds: read again only after an entry in its log. */
async function readLists({ blocklist, blocklistProgress: progress, ledger }: MaintenanceContext) {
  await blocklist?.refresh();
  const listed = blocklist?.hashes() ?? none;
  const version = await ledger.deskVersion();
  if (version === progress.version) return { listed, withheld: progress.withheld };
  progress.version = version;
  return { listed, withheld: new Set(await ledger.withheldHashes()) };
}

type Withdraw = MaintenanceContext['ledger']['quarantineBlocked'];

async function inBatches(
  context: MaintenanceContext,
  keys: readonly string[],
  batch: number,
  withdraw: Withdraw,
): Promise<number> {
  let removed = 0;
  for (let at = 0; at < keys.length; at += batch) {
    const step: SweepResult = await withdraw(keys.slice(at, at + batch), deadlinesFrom(context));
    removed += publishStep(context.events, step);
  }
  return removed;
}
