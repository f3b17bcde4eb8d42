import { useState } from 'preact/hooks';
import type { Parcel } from './exchange.ts';
import type { Entry } from './history.ts';
import type { Keep } from './storage.ts';
import { useWork } from './use-abortable.ts';

/** The list as it changes, the newest first. */
export function useEntries(keep: Keep): readonly Entry[] {
  const [entries, setEntries] = useState(keep.entries);
  useWork(
    (signal) => {
      const look = () => setEntries(keep.entries());
      keep.listen(look, signal);
      // Something may have changed between the first look and now.
      look();
    },
    [keep],
  );
  return entries;
}

/** Whether a disclosure has ever been opened, so that a long list is not full of what nobody asked for. */
export function useOpened() {
  const [isOpened, setOpened] = useState(false);
  return { isOpened, onToggle: () => setOpened(true) };
}

/** The entry that a parcel was drawn for; undefined when it was erased. */
export function useEntryOf({ url }: Parcel, keep: Keep): Entry | undefined {
  return useEntries(keep).find(({ parcel }) => parcel?.url === url);
}
