import { useState } from 'preact/hooks';
import type { Parcel } from './exchange.ts';
import type { HistoryEntry } from './history.ts';
import type { LocalStore } from './storage.ts';
import { useAbortable } from './use-abortable.ts';

/** The entries, the newest first; renders again after each change. */
export function useHistoryEntries(store: LocalStore): readonly HistoryEntry[] {
  const [entries, setEntries] = useState(store.entries);
  useAbortable(
    (signal) => {
      const update = () => setEntries(store.entries());
      store.onChange(update, signal);
      // The list may have changed between the first render and this effect.
      update();
    },
    [store],
  );
  return entries;
}

/** State for a `<details>` whose content is rendered only after it was opened once. */
export function useOpenedOnce() {
  const [isOpened, setOpened] = useState(false);
  return { isOpened, onToggle: () => setOpened(true) };
}

/** The entry of a delivery; undefined if it was erased. */
export function useEntryOf({ url }: Parcel, store: LocalStore): HistoryEntry | undefined {
  return useHistoryEntries(store).find(({ parcel }) => parcel?.url === url);
}
