/** What this browser keeps for its person: who they are to the exchange, and the list of their exchanges. */
import { type PendingExchange, pendingKey } from './exchange.ts';
import {
  createEntry,
  dropOldestEnded,
  type EntryChanges,
  type EntryEnd,
  type HistoryEntry,
  parseEntries,
  parseLegacyPending,
  pendingOf,
  updateEntry,
} from './history.ts';

export interface LocalStore {
  /** The giver's secret of an earlier exchange. */
  giver(): string | undefined;
  saveGiver(giver: string): void;
  /** The language that was chosen here. */
  language(): string | undefined;
  saveLanguage(language: string): void;
  /** All our exchanges, the newest first. */
  entries(): readonly HistoryEntry[];
  /** What is owed to us, the oldest first: every entry without an end. */
  pending(): readonly PendingExchange[];
  /** Answers whether it will be there after a reload. */
  add(pending: PendingExchange): boolean;
  /** Nothing is owed any more. */
  markEnded(pending: PendingExchange, end: EntryEnd): void;
  /** Notes news of an entry; one that was erased stays away. */
  update(key: string, changes: EntryChanges): void;
  /** Forgets who we are and all our exchanges; only the language stays. */
  erase(): void;
  /** Calls back after each change of the list, in this tab or another, until the signal. */
  onChange(heard: () => void, signal: AbortSignal): void;
}

type Place = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

interface Nature {
  readonly now?: () => number;
  /** What tells of changes that other tabs make: the window. */
  readonly tabs?: EventTarget | undefined;
}

const giverKey = 'exchange.giver';
const entriesKey = 'exchange.entries';
const languageKey = 'exchange.language';
/** Where the first version of the page kept what was owed. */
const earlierKey = 'exchange.owed';

/** Keeps things in `storage`, and for as long as the page is open when there is none or it refuses. */
export function createLocalStore(
  storage: Place | undefined,
  { now = Date.now, tabs }: Nature = {},
): LocalStore {
  const { read, write, remove } = createCells(storage);
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const heard of listeners) heard();
  };
  tabs?.addEventListener('storage', (event) => {
    // Without a key all of it was cleared.
    if ([entriesKey, null].includes((event as StorageEvent).key)) tell();
  });
  // Looked at anew each time, because other tabs write here as well.
  const list = remembered(() => read(entriesKey), parseEntries);
  const put = (entries: readonly HistoryEntry[]): boolean => {
    const isKept = write(entriesKey, JSON.stringify(dropOldestEnded(entries)));
    tell();
    return isKept;
  };
  const add = (pending: readonly PendingExchange[]): boolean => {
    const known = list();
    const isNew = (one: PendingExchange) => !known.some(({ key }) => key === pendingKey(one));
    const at = new Date(now()).toISOString();
    return put([...known, ...pending.filter(isNew).map((one) => createEntry(one, at))]);
  };
  const change = (key: string, news: (entry: HistoryEntry) => HistoryEntry) => {
    const before = list();
    const after = before.map((entry) => (entry.key === key ? news(entry) : entry));
    if (JSON.stringify(after) !== JSON.stringify(before)) put(after);
  };
  const earlier = parseLegacyPending(read(earlierKey));
  if (earlier.length === 0 || add(earlier)) remove(earlierKey);
  return {
    giver: () => read(giverKey),
    saveGiver: (giver) => void write(giverKey, giver),
    language: () => read(languageKey),
    saveLanguage: (language) => void write(languageKey, language),
    entries: () => list().toReversed(),
    pending: () => list().flatMap((entry) => (entry.end ? [] : (pendingOf(entry) ?? []))),
    add: (pending) => add([pending]),
    markEnded: (pending, end) =>
      change(pendingKey(pending), (entry) => (entry.end ? entry : { ...entry, end })),
    update: (key, changes) => change(key, (entry) => updateEntry(entry, changes)),
    erase: () => {
      for (const key of [giverKey, entriesKey, earlierKey]) remove(key);
      tell();
    },
    onChange: (heard, signal) => {
      listeners.add(heard);
      signal.addEventListener('abort', () => listeners.delete(heard), { once: true });
    },
  };
}

/** What a text says, found out again only when it is another text: many look at a long list. */
function remembered<T>(read: () => string | undefined, parse: (text: string | undefined) => T) {
  let last: { readonly text: string | undefined; readonly said: T } | undefined;
  return (): T => {
    const text = read();
    if (!last || last.text !== text) last = { text, said: parse(text) };
    return last.said;
  };
}

/** Reads and writes texts by key; in memory is only what the storage did not take. */
function createCells(storage: Place | undefined) {
  const memory = new Map<string, string>();
  const attempt = <T>(act: (place: Place) => T): T | undefined => {
    try {
      return storage && act(storage);
    } catch {
      return undefined;
    }
  };
  return {
    read: (key: string): string | undefined =>
      memory.get(key) ?? attempt((place) => place.getItem(key)) ?? undefined,
    write: (key: string, value: string): boolean => {
      const isKept = attempt((place) => {
        place.setItem(key, value);
        return place.getItem(key) === value;
      });
      if (isKept) memory.delete(key);
      else memory.set(key, value);
      return isKept === true;
    },
    remove: (key: string): void => {
      memory.delete(key);
      attempt((place) => place.removeItem(key));
    },
  };
}

/** Undefined where a browser forbids even to ask. */
export function browserStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
