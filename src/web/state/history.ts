/** The list of our exchanges as it lies in the browser: what an entry is, and how the list is read back and changed. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import { kinds } from '../../contract/file-kinds.ts';
import { type Thanks, thanks } from '../../contract/thanks.ts';
import type { Failure } from '../failures.ts';
import { type Exchange, type Parcel, type PendingExchange, pendingKey } from './exchange.ts';

/** How our half of an exchange ended; `gone`: the exchange knows nothing of it any more. */
export type EntryEnd = 'received' | 'withdrawn' | 'expired' | 'gone';
export type GiftFate = TicketStatus['gift']['fate'];

/** One exchange of ours, or one parcel that we took without giving. */
export interface HistoryEntry {
  /** The ticket, or the parcel's address when there is none. */
  readonly key: string;
  /** When it began. */
  readonly at: string;
  readonly exchange?: Exchange;
  /** What was drawn for us. */
  readonly parcel?: Parcel;
  /** While there is none, something is owed to us. */
  readonly end?: EntryEnd;
  /** What became of our gift. */
  readonly fate?: GiftFate;
  /** What the receiver of our gift said. */
  readonly thanks?: Thanks;
  /** What we said to the giver of our parcel. */
  readonly thanked?: Thanks;
  readonly reported?: true;
  /** The exchange knows the ticket no more, so there is no news to ask for. */
  readonly forgotten?: true;
}

/** News of an entry; undefined takes a fact away. */
export type EntryChanges = {
  readonly [Fact in Exclude<keyof HistoryEntry, 'key' | 'at' | 'exchange' | 'end'>]?:
    | HistoryEntry[Fact]
    | undefined;
};

/** Ended entries beyond this many make room, the oldest first. */
export const maxEndedEntries = 500;

export const createEntry = (pending: PendingExchange, at: string): HistoryEntry => ({
  key: pendingKey(pending),
  at,
  ...pending,
});

export const pendingOf = ({ exchange, parcel }: HistoryEntry): PendingExchange | undefined =>
  exchange ? { exchange } : parcel && { parcel };

/** An entry with its news. What we said about one parcel does not hold for the next that is drawn. */
export function updateEntry(entry: HistoryEntry, changes: EntryChanges): HistoryEntry {
  const isOther = 'parcel' in changes && changes.parcel?.url !== entry.parcel?.url;
  const fresh = isOther ? { thanked: undefined, reported: undefined } : {};
  return parseEntry({ ...entry, ...fresh, ...changes }) ?? entry;
}

/** Leaves out the oldest of what has ended when there is too much of it. */
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

/** The end that an answer tells of. */
export const endOf = ({ code }: Failure): EntryEnd => ends[code] ?? 'gone';

/** Whether nothing more becomes of a gift; its receiver may say thanks all the same. */
const finalFates: Readonly<Record<GiftFate, boolean>> = {
  waiting: false,
  'on-its-way': false,
  landed: true,
  withdrawn: true,
  expired: true,
  removed: true,
};

/** Whether there may be news of our gift. */
export function canChange({
  exchange,
  fate = 'waiting',
  thanks,
  forgotten,
  end,
}: HistoryEntry): boolean {
  if (!exchange || forgotten || end === 'withdrawn' || end === 'gone') return false;
  return fate === 'landed' ? thanks === undefined : !finalFates[fate];
}

/** Other versions of the page, extensions and people write here too: what is not ours is left out. */
export function parseEntries(text: string | undefined): readonly HistoryEntry[] {
  const found = parseList(text).flatMap((one) => parseEntry(one) ?? []);
  return [...new Map(found.map((entry) => [entry.key, entry])).values()];
}

/** What became of our gift, as far as anybody can know. */
export function fateOf({ fate = 'waiting', end, forgotten }: HistoryEntry): GiftFate | 'gone' {
  if (end === 'withdrawn') return end;
  return (end === 'gone' || forgotten) && !finalFates[fate] ? 'gone' : fate;
}

/** What the first version of the page kept: only what was owed. */
export function parseLegacyPending(text: string | undefined): readonly PendingExchange[] {
  return parseList(text).flatMap((one) => {
    const { exchange, parcel } = (one ?? {}) as Partial<Record<string, unknown>>;
    return pendingOf(withoutGaps({ ...parseParts({ exchange, parcel }), key: '', at: '' })) ?? [];
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
  const entry: HistoryEntry = withoutGaps({
    key,
    at,
    ...parseParts(raw),
    end: oneOf(['received', 'withdrawn', 'expired', 'gone'] satisfies EntryEnd[], end),
    fate: oneOf(Object.keys(finalFates) as GiftFate[], fate),
    thanks: oneOf(thanks, raw.thanks),
    thanked: oneOf(thanks, raw.thanked),
    reported: oneOf([true] as const, raw.reported),
    forgotten: oneOf([true] as const, raw.forgotten),
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
  // An address of our own, whoever wrote it there.
  if (typeof url !== 'string' || !url.startsWith('/api/') || !isFile(parcel)) return undefined;
  return withoutGaps({
    url,
    ...parseFacts(parcel),
    given_at: typeof given_at === 'string' ? given_at : undefined,
  });
}

const parseFacts = ({
  name,
  size,
  kind,
  sha256,
}: Named & Pick<Partial<Parcel>, 'kind' | 'sha256'>) =>
  withoutGaps({
    name,
    size,
    kind: oneOf(fileKinds, kind),
    sha256: typeof sha256 === 'string' ? sha256 : undefined,
  });

type Named = Pick<Parcel, 'name' | 'size'>;

const isFile = <T extends Partial<Named>>(file: T | undefined): file is T & Named =>
  typeof file?.name === 'string' && typeof file.size === 'number' && Number.isFinite(file.size);

const oneOf = <T>(known: readonly T[], value: unknown): T | undefined =>
  known.find((one) => one === value);

/** What is not known is not there, so that an entry reads as it was written. */
function withoutGaps<T extends object>(facts: T): Whole<T> {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Whole<T>;
}

/** `undefined` in a fact's type becomes a question mark. */
type Whole<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
