import { useState } from 'preact/hooks';
import type { Parcel } from './exchange.ts';
import type { HistoryEntry } from './history.ts';
import type { LocalStore } from './storage.ts';
import { useAbortable } from './use-abortable.ts';

/** The list as it changes, the newest first. */
export function useHistoryEntries(store: LocalStore): readonly HistoryEntry[] {
  const [entries, setEntries] = useState(store.entries);
  useAbortable(
    (signal) => {
      const look = () => setEntries(store.entries());
      store.onChange(look, signal);
      // Something may have changed between the first look and now.
      look();
    },
    [store],
  );
  return entries;
}

/** Whether a disclosure has ever been opened, so that a long list is not full of what nobody asked for. */
export function useOpenedOnce() {
  const [isOpened, setOpened] = useState(false);
  return { isOpened, onToggle: () => setOpened(true) };
}

/** The entry that a parcel was drawn for; undefined when it was erased. */
export function useEntryOf({ url }: Parcel, store: LocalStore): HistoryEntry | undefined {
  return useHistoryEntries(store).find(({ parcel }) => parcel?.url === url);
}
