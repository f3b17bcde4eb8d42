/** Reads a list that a browser has exported. */
import { type HistoryEntry, parseEntries } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';

/** The most that a list may have, in bytes; a thousand entries take less than 1 MB. */
const maxListSize = 8 * 1024 * 1024;

/** `not-a-list`: the file was not exported here. `not-kept`: the browser's storage is full or forbidden. */
type ImportFault = 'not-a-list' | 'not-kept';

export interface ImportResult {
  readonly fault?: ImportFault;
  /** How many entries the file has, and how many of them are new in this browser. */
  readonly found: number;
  readonly added: number;
  /** True if the list is of another giver than this browser, which stays what it is. */
  readonly isOtherGiver: boolean;
}

/** Adds the exported list in a file to this browser's. A browser without a giver takes the one of the list over. */
export async function importHistory(store: LocalStore, file: Blob): Promise<ImportResult> {
  const list = file.size <= maxListSize ? parseList(await file.text().catch(() => '')) : undefined;
  if (!list) return { fault: 'not-a-list', found: 0, added: 0, isOtherGiver: false };
  const own = store.giver();
  const { added, isStored } = store.merge(list.entries);
  if (own === undefined && list.giver !== undefined) store.saveGiver(list.giver);
  return {
    ...(isStored ? {} : { fault: 'not-kept' }),
    found: list.entries.length,
    added,
    isOtherGiver: own !== undefined && list.giver !== undefined && list.giver !== own,
  };
}

interface ExportedList {
  readonly giver: string | undefined;
  readonly entries: readonly HistoryEntry[];
}

/** Undefined for a text that is no exported list. Invalid entries are dropped. */
function parseList(text: string): ExportedList | undefined {
  try {
    const { giver, exchanges } = JSON.parse(text) as Partial<Record<'giver' | 'exchanges', unknown>>;
    if (!Array.isArray(exchanges)) return undefined;
    return {
      giver: typeof giver === 'string' && /^g_[\w-]{32}$/.test(giver) ? giver : undefined,
      // The newest is the first in a file, and the last in the storage.
      entries: parseEntries(JSON.stringify(exchanges)).toReversed(),
    };
  } catch {
    return undefined;
  }
}
