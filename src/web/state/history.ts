/** The list of our exchanges as it lies in the browser: what an entry is, and how the list is read back and changed. */

import type { TicketStatus } from '../../contract/api/schemas.ts';
import { fileKinds, type Thanks, thanks } from '../../contract/vocabulary.ts';
import type { Why } from '../failures.ts';
import { type Exchange, keyOf, type Owed, type Parcel } from './exchange.ts';

/** How our half of an exchange ended; `gone`: the exchange knows nothing of it any more. */
export type End = 'received' | 'withdrawn' | 'expired' | 'gone';
export type Fate = TicketStatus['gift']['fate'];

/** One exchange of ours, or one parcel that we took without giving. */
export interface Entry {
  /** The ticket, or the parcel's address when there is none. */
  readonly key: string;
  /** When it began. */
  readonly at: string;
  readonly exchange?: Exchange;
  /** What was drawn for us. */
  readonly parcel?: Parcel;
  /** While there is none, something is owed to us. */
  readonly end?: End;
  /** What became of our gift. */
  readonly fate?: Fate;
  /** What the receiver of our gift said. */
  readonly thanks?: Thanks;
  /** What we said to the giver of our parcel. */
  readonly thanked?: Thanks;
  readonly reported?: true;
  /** The exchange knows the ticket no more, so there is no news to ask for. */
  readonly forgotten?: true;
}

/** News of an entry; undefined takes a fact away. */
export type Changes = {
  readonly [Fact in Exclude<keyof Entry, 'key' | 'at' | 'exchange' | 'end'>]?:
    | Entry[Fact]
    | undefined;
};

/** Ended entries beyond this many make room, the oldest first. */
export const mostEnded = 500;

export const newEntry = (owed: Owed, at: string): Entry => ({ key: keyOf(owed), at, ...owed });

export const owedOf = ({ exchange, parcel }: Entry): Owed | undefined =>
  exchange ? { exchange } : parcel && { parcel };

/** An entry with its news. What we said about one parcel does not hold for the next that is drawn. */
export function changed(entry: Entry, changes: Changes): Entry {
  const isOther = 'parcel' in changes && changes.parcel?.url !== entry.parcel?.url;
  const fresh = isOther ? { thanked: undefined, reported: undefined } : {};
  return parseEntry({ ...entry, ...fresh, ...changes }) ?? entry;
}

/** Leaves out the oldest of what has ended when there is too much of it. */
export function capped(entries: readonly Entry[]): readonly Entry[] {
  let spare = entries.filter(({ end }) => end).length - mostEnded;
  return entries.filter(({ end }) => !(end && spare-- > 0));
}

const ends: { readonly [Code in Why['code']]?: End } = {
  'taken-back': 'withdrawn',
  'ticket-spent': 'received',
  'ticket-withdrawn': 'withdrawn',
  'ticket-expired': 'expired',
};

/** The end that an answer tells of. */
export const endOf = ({ code }: Why): End => ends[code] ?? 'gone';

/** Whether nothing more becomes of a gift; its receiver may say thanks all the same. */
const finalFates: Readonly<Record<Fate, boolean>> = {
  waiting: false,
  'on-its-way': false,
  landed: true,
  withdrawn: true,
  expired: true,
  removed: true,
};

/** Whether there may be news of our gift. */
export function mayChange({ exchange, fate = 'waiting', thanks, forgotten, end }: Entry): boolean {
  if (!exchange || forgotten || end === 'withdrawn' || end === 'gone') return false;
  return fate === 'landed' ? thanks === undefined : !finalFates[fate];
}

/** Other versions of the page, extensions and people write here too: what is not ours is left out. */
export function parseEntries(text: string | undefined): readonly Entry[] {
  const found = parseList(text).flatMap((one) => parseEntry(one) ?? []);
  return [...new Map(found.map((entry) => [entry.key, entry])).values()];
}

/** What became of our gift, as far as anybody can know. */
export function fateOf({ fate = 'waiting', end, forgotten }: Entry): Fate | 'gone' {
  if (end === 'withdrawn') return end;
  return (end === 'gone' || forgotten) && !finalFates[fate] ? 'gone' : fate;
}

/** What the first version of the page kept: only what was owed. */
export function parseOwed(text: string | undefined): readonly Owed[] {
  return parseList(text).flatMap((one) => {
    const { exchange, parcel } = (one ?? {}) as Partial<Record<string, unknown>>;
    return owedOf(withoutGaps({ ...parseParts({ exchange, parcel }), key: '', at: '' })) ?? [];
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

function parseEntry(value: unknown): Entry | undefined {
  const raw = (value ?? {}) as Partial<Record<keyof Entry, unknown>>;
  const { key, at, end, fate } = raw;
  if (typeof key !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return;
  const entry: Entry = withoutGaps({
    key,
    at,
    ...parseParts(raw),
    end: oneOf(['received', 'withdrawn', 'expired', 'gone'] satisfies End[], end),
    fate: oneOf(Object.keys(finalFates) as Fate[], fate),
    thanks: oneOf(thanks, raw.thanks),
    thanked: oneOf(thanks, raw.thanked),
    reported: oneOf([true] as const, raw.reported),
    forgotten: oneOf([true] as const, raw.forgotten),
  });
  const owed = owedOf(entry);
  return owed && keyOf(owed) === key ? entry : undefined;
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
