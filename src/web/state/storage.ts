/** The page's data in `localStorage`: the giver's secret, the language and the list of exchanges. */
import { ownName } from '../own-address.ts';
import { type PendingExchange, pendingKey } from './exchange.ts';
import {
  createEntry,
  dropOldestEnded,
  type EntryChanges,
  type EntryEnd,
  type HistoryEntry,
  mergeEntries,
  parseEntries,
  parseLegacyPending,
  pendingOf,
  updateEntry,
} from './history.ts';

export interface LocalStore {
  /** The giver's secret of an earlier gift. */
  giver(): string | undefined;
  saveGiver(giver: string): void;
  /** The language that the visitor chose. */
  language(): string | undefined;
  saveLanguage(language: string): void;
  /** A choice for the next gifts; undefined unless the visitor made one. */
  choice(name: GiveChoice): string | undefined;
  /** Saves a choice; the empty text is none. */
  saveChoice(name: GiveChoice, value: string): void;
  /** All entries, the newest first. */
  entries(): readonly HistoryEntry[];
  /** Entries without an end, the oldest first. */
  pending(): readonly PendingExchange[];
  /** Returns false if the entry will be lost at a reload. */
  add(pending: PendingExchange): boolean;
  /** Ends the entry; an end is never replaced. */
  markEnded(pending: PendingExchange, end: EntryEnd): void;
  /** Changes an entry; does nothing if it was erased. */
  update(key: string, changes: EntryChanges): void;
  /** Adds the entries of another list; answers how many are new here, and whether all will survive a reload. */
  merge(entries: readonly HistoryEntry[]): { readonly added: number; readonly isStored: boolean };
  /** Removes the giver's secret and all entries; the language stays. */
  erase(): void;
  /** Calls the listener after each change of the list in this tab or another, until the signal aborts. */
  onChange(listener: () => void, signal: AbortSignal): void;
}

/**
 * The choices of a visitor: wish, life, whether metadata stays, and which kinds are shown at once. `blind` is off where the
 * exchange removes none.
 */
export type GiveChoice = 'wish' | 'life' | 'strip' | 'blind' | 'see-image' | 'see-video';

type StoragePlace = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

interface StoreOptions {
  readonly now?: () => number;
  /** Target of the `storage` events of other tabs: the window. */
  readonly tabs?: EventTarget | undefined;
  /** The path of the exchange: each has values of its own. */
  readonly path?: string;
}

/** The names of the values in the storage. `owed` is the list of the first version of the page. */
const valueNames = [
  'giver',
  'entries',
  'language',
  'owed',
  'wish',
  'life',
  'strip',
  'blind',
  'see-image',
  'see-video',
] as const;

const keysBelow = (path: string) =>
  Object.fromEntries(valueNames.map((name) => [name, ownName(`exchange.${name}`, path)])) as Record<
    (typeof valueNames)[number],
    string
  >;

/** Stores values in `storage`, or in memory while the page is open if there is no storage or it refuses. */
export function createLocalStore(
  storage: StoragePlace | undefined,
  { now = Date.now, tabs, path = '' }: StoreOptions = {},
): LocalStore {
  const keys = keysBelow(path);
  const { read, write, remove } = createValueStore(storage);
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  tabs?.addEventListener('storage', (event) => {
    // `key` is null after `clear()`.
    if ([keys.entries, null].includes((event as StorageEvent).key)) notify();
  });
  // Read the text each time: other tabs write it too.
  const list = memoized(() => read(keys.entries), parseEntries);
  const writeEntries = (entries: readonly HistoryEntry[]): boolean => {
    const isStored = write(keys.entries, JSON.stringify(dropOldestEnded(entries)));
    notify();
    return isStored;
  };
  const add = (pending: readonly PendingExchange[]): boolean => {
    const known = list();
    const isNew = (one: PendingExchange) => !known.some(({ key }) => key === pendingKey(one));
    const at = new Date(now()).toISOString();
    return writeEntries([...known, ...pending.filter(isNew).map((one) => createEntry(one, at))]);
  };
  const change = (key: string, updateOf: (entry: HistoryEntry) => HistoryEntry) => {
    const before = list();
    const after = before.map((entry) => (entry.key === key ? updateOf(entry) : entry));
    if (JSON.stringify(after) !== JSON.stringify(before)) writeEntries(after);
  };
  const legacy = parseLegacyPending(read(keys.owed));
  if (legacy.length === 0 || add(legacy)) remove(keys.owed);
  return {
    giver: () => read(keys.giver),
    saveGiver: (giver) => void write(keys.giver, giver),
    language: () => read(keys.language),
    saveLanguage: (language) => void write(keys.language, language),
    choice: (name) => read(keys[name]),
    saveChoice: (name, value) => (value === '' ? remove(keys[name]) : void write(keys[name], value)),
    entries: () => list().toReversed(),
    pending: () => list().flatMap((entry) => (entry.end ? [] : (pendingOf(entry) ?? []))),
    add: (pending) => add([pending]),
    markEnded: (pending, end) => change(pendingKey(pending), (entry) => (entry.end ? entry : { ...entry, end })),
    update: (key, changes) => change(key, (entry) => updateEntry(entry, changes)),
    merge: (others) => {
      const { entries, added } = mergeEntries(list(), others);
      return { added, isStored: writeEntries(entries) };
    },
    erase: () => {
      for (const key of [keys.giver, keys.entries, keys.owed]) remove(key);
      notify();
    },
    onChange: (listener, signal) => {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },
  };
}

/** Memoizes the parsed value until the text changes; several components read a long list at each render. */
function memoized<T>(read: () => string | undefined, parse: (text: string | undefined) => T) {
  let last: { readonly text: string | undefined; readonly value: T } | undefined;
  return (): T => {
    const text = read();
    if (!last || last.text !== text) last = { text, value: parse(text) };
    return last.value;
  };
}

/** Reads and writes strings by key. Memory holds only what the storage refused. */
function createValueStore(storage: StoragePlace | undefined) {
  const memory = new Map<string, string>();
  const tryStorage = <T>(act: (place: StoragePlace) => T): T | undefined => {
    try {
      return storage && act(storage);
    } catch {
      return undefined;
    }
  };
  return {
    read: (key: string): string | undefined =>
      memory.get(key) ?? tryStorage((place) => place.getItem(key)) ?? undefined,
    write: (key: string, value: string): boolean => {
      const isStored = tryStorage((place) => {
        place.setItem(key, value);
        return place.getItem(key) === value;
      });
      if (isStored) memory.delete(key);
      else memory.set(key, value);
      return isStored === true;
    },
    remove: (key: string): void => {
      memory.delete(key);
      tryStorage((place) => place.removeItem(key));
    },
  };
}

/** Undefined if the browser forbids the access itself. */
export function browserStorage(name: 'localStorage' | 'sessionStorage' = 'localStorage'): Storage | undefined {
  try {
    return globalThis[name];
  } catch {
    return undefined;
  }
}
