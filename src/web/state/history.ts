/** The list of this browser's exchanges: its entries, and how the stored JSON is parsed and updated. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import { fileKinds, type Thanks, thanks, ticketStates } from '../../contract/vocabulary.ts';
import type { Failure } from '../failures.ts';
import { showControlCharacters } from '../i18n/control-characters.ts';
import { type Exchange, type Parcel, type PendingExchange, pendingKey } from './exchange.ts';

/** How an exchange ended. `gone`: the service does not know the ticket any more. */
export type EntryEnd = 'received' | 'withdrawn' | 'expired' | 'gone';
export type GiftFate = TicketStatus['gift']['fate'];

/** One exchange, or one free draw. */
export interface HistoryEntry {
  /** The ticket, or the delivery's URL after a free draw. */
  readonly key: string;
  /** When it began, as an ISO 8601 time. */
  readonly at: string;
  readonly exchange?: Exchange;
  /** The delivery that was drawn. */
  readonly parcel?: Parcel;
  /** Missing while the exchange is pending. */
  readonly end?: EntryEnd;
  /** The state of our gift. */
  readonly fate?: GiftFate;
  /** When ticket or gift end, whichever is first, as an ISO 8601 time. */
  readonly endsAt?: string;
  /** The thanks of the receiver of our gift. */
  readonly thanks?: Thanks;
  /** The thanks that we sent for the delivery. */
  readonly thanked?: Thanks;
  readonly reported?: true;
  /** The service has forgotten the ticket, so polling it is useless. */
  readonly forgotten?: true;
  /** The state of the ticket when the service last told it. */
  readonly ticket?: TicketStatus['state'];
}

/** Changes of an entry; `undefined` removes a field. */
export type EntryChanges = {
  readonly [Fact in Exclude<keyof HistoryEntry, 'key' | 'at' | 'exchange' | 'end'>]?: HistoryEntry[Fact] | undefined;
};

/** The oldest ended entries beyond this number are removed. */
export const maxEndedEntries = 500;

/** An entry without an end; `at` is an ISO 8601 time. */
export const createEntry = (pending: PendingExchange, at: string): HistoryEntry => ({
  key: pendingKey(pending),
  at,
  ...pending,
});

/** The exchange or free draw of an entry, whether it has ended or not. */
export const pendingOf = ({ exchange, parcel }: HistoryEntry): PendingExchange | undefined =>
  exchange ? { exchange } : parcel && { parcel };

/** Returns the entry with the changes. Thanks and report are dropped with the delivery they were for. */
export function updateEntry(entry: HistoryEntry, changes: EntryChanges): HistoryEntry {
  const isOtherParcel = 'parcel' in changes && changes.parcel?.url !== entry.parcel?.url;
  const fresh = isOtherParcel ? { thanked: undefined, reported: undefined } : {};
  return parseEntry({ ...entry, ...fresh, ...changes }) ?? entry;
}

/**
 * Adds the entries of another list, by the time of their beginning. Of an entry in both, each fact that this list lacks is taken
 * over, and a fate that is final.
 */
export function mergeEntries(
  entries: readonly HistoryEntry[],
  others: readonly HistoryEntry[],
): { readonly entries: readonly HistoryEntry[]; readonly added: number } {
  const merged = new Map(entries.map((entry) => [entry.key, entry]));
  for (const other of others) {
    const known = merged.get(other.key);
    const isNews = known?.fate === undefined || !finalFates[known.fate];
    const news = isNews && other.fate ? { fate: other.fate } : {};
    merged.set(other.key, known ? { ...other, ...known, ...news } : other);
  }
  return {
    entries: [...merged.values()].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at)),
    added: merged.size - entries.length,
  };
}

/** Removes the oldest ended entries beyond `maxEndedEntries`. */
export function dropOldestEnded(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  let spare = entries.filter(({ end }) => end).length - maxEndedEntries;
  return entries.filter(({ end }) => !(end && spare-- > 0));
}

const ends: { readonly [Code in Failure['code']]?: EntryEnd } = {
  'taken-back': 'withdrawn',
  'ticket-spent': 'received',
  'ticket-withdrawn': 'withdrawn',
  'ticket-expired': 'expired',
};

/** Number of thanks that receivers of our gifts have sent. */
export const thanksIn = (entries: readonly HistoryEntry[]): number =>
  entries.filter(({ thanks: sign }) => sign !== undefined).length;

/** The end of an entry for a failure of its ticket. */
export const endOf = ({ code }: Failure): EntryEnd => ends[code] ?? 'gone';

/** True for a fate that is final; only thanks may still come. */
const finalFates: Readonly<Record<GiftFate, boolean>> = {
  waiting: false,
  'on-its-way': false,
  landed: true,
  withdrawn: true,
  expired: true,
  removed: true,
};

/** True if polling the ticket can tell something new. */
export function canChange({ exchange, fate = 'waiting', thanks, forgotten, end }: HistoryEntry): boolean {
  if (!exchange || forgotten || end === 'withdrawn' || end === 'gone') return false;
  return fate === 'landed' ? thanks === undefined : !finalFates[fate];
}

/**
 * Parses the stored list. Extensions, visitors and other versions of the page write there too, so invalid entries are
 * dropped.
 */
export function parseEntries(text: string | undefined): readonly HistoryEntry[] {
  const found = parseList(text).flatMap((one) => parseEntry(one) ?? []);
  return [...new Map(found.map((entry) => [entry.key, entry])).values()];
}

/** The fate of the gift as far as it is known; `gone` if the service forgot it before the end. */
export function fateOf({ fate = 'waiting', end, forgotten }: HistoryEntry): GiftFate | 'gone' {
  if (end === 'withdrawn') return end;
  return (end === 'gone' || forgotten) && !finalFates[fate] ? 'gone' : fate;
}

/** Parses the list of the first version of the page, which held pending exchanges only. */
export function parseLegacyPending(text: string | undefined): readonly PendingExchange[] {
  return parseList(text).flatMap((one) => {
    const { exchange, parcel } = (one ?? {}) as Partial<Record<string, unknown>>;
    return pendingOf(withoutUndefined({ ...parseParts({ exchange, parcel }), key: '', at: '' })) ?? [];
  });
}

function parseList(text: string | undefined): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function parseEntry(value: unknown): HistoryEntry | undefined {
  const raw = (value ?? {}) as Partial<Record<keyof HistoryEntry, unknown>>;
  const { key, at, end, fate } = raw;
  if (typeof key !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return;
  const entry: HistoryEntry = withoutUndefined({
    key,
    at,
    ...parseParts(raw),
    end: oneOf(['received', 'withdrawn', 'expired', 'gone'] satisfies EntryEnd[], end),
    fate: oneOf(Object.keys(finalFates) as GiftFate[], fate),
    endsAt: typeof raw.endsAt === 'string' && !Number.isNaN(Date.parse(raw.endsAt)) ? raw.endsAt : undefined,
    thanks: oneOf(thanks, raw.thanks),
    thanked: oneOf(thanks, raw.thanked),
    reported: oneOf([true] as const, raw.reported),
    forgotten: oneOf([true] as const, raw.forgotten),
    ticket: oneOf(ticketStates, raw.ticket),
  });
  const pending = pendingOf(entry);
  return pending && pendingKey(pending) === key ? entry : undefined;
}

const parseParts = ({ exchange, parcel }: { exchange?: unknown; parcel?: unknown }) => ({
  exchange: parseExchange(exchange),
  parcel: parseParcel(parcel),
});

function parseExchange(value: unknown): Exchange | undefined {
  const { ticket, gift } = (value ?? {}) as Partial<Exchange>;
  if (typeof ticket !== 'string' || !isFile(gift)) return undefined;
  return { ticket, gift: parseFacts(gift) };
}

function parseParcel(value: unknown): Parcel | undefined {
  const parcel = (value ?? {}) as Partial<Parcel>;
  const { url, given_at } = parcel;
  // Accept paths of this service only: the stored text may come from elsewhere.
  if (typeof url !== 'string' || !url.startsWith('/api/') || !isFile(parcel)) return undefined;
  return withoutUndefined({
    url,
    ...parseFacts(parcel),
    given_at: typeof given_at === 'string' ? given_at : undefined,
  });
}

/** The service sends no control characters in names, but a list that is imported may have them. */
const parseFacts = ({ name, size, kind, sha256 }: NamedFile & Pick<Partial<Parcel>, 'kind' | 'sha256'>) =>
  withoutUndefined({
    name: showControlCharacters(name),
    size,
    kind: oneOf(fileKinds, kind),
    sha256: typeof sha256 === 'string' ? sha256 : undefined,
  });

type NamedFile = Pick<Parcel, 'name' | 'size'>;

const isFile = <T extends Partial<NamedFile>>(file: T | undefined): file is T & NamedFile =>
  typeof file?.name === 'string' && typeof file.size === 'number' && Number.isFinite(file.size);

const oneOf = <T>(known: readonly T[], value: unknown): T | undefined => known.find((one) => one === value);

/** Removes `undefined` fields, so that a parsed entry equals the stored one. */
function withoutUndefined<T extends object>(facts: T): WithOptional<T> {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as WithOptional<T>;
}

/** Makes each field optional that can be `undefined`. */
type WithOptional<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
