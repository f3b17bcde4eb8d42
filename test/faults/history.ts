/** What clients sent and what they were answered, in order; the one thing that the checker believes. */

/** `at`: milliseconds since 1970, as the clients' clock tells. */
export type Entry = { readonly at: number } & (
  | { readonly act: 'gives'; readonly id: string; readonly giver: string }
  /** The service acknowledged it; `ticket` is what it earned, `giver` who its giver turned out to be. */
  | {
      readonly act: 'given';
      readonly id: string;
      readonly ticket: string | null;
      readonly giver?: string;
    }
  /** The service refused it for good. */
  | { readonly act: 'refused'; readonly id: string; readonly code: string }
  /** All bytes of a delivery came, the first of them not before `since`; no `id`: they are nobody's content. */
  | {
      readonly act: 'arrived';
      readonly since: number;
      readonly id: string | null;
      readonly url: string;
      readonly ticket: string | null;
    }
  /** The service acknowledged the arrival. */
  | { readonly act: 'received'; readonly url: string }
  /** Asks for a gift that only the answer would tell of. */
  | { readonly act: 'asks'; readonly number: number }
  | { readonly act: 'answered'; readonly number: number }
  | { readonly act: 'withdraws'; readonly ticket: string }
  | { readonly act: 'withdrawn'; readonly ticket: string }
  /** It cannot be taken back any more. */
  | { readonly act: 'stays'; readonly ticket: string }
  /** Its bytes were damaged on purpose. */
  | { readonly act: 'damaged'; readonly id: string }
  /** The service died, or could note nothing, for so long. */
  | {
      readonly act: 'trouble';
      readonly from?: number;
      readonly until: number;
      readonly what: string;
    }
);

/** An entry as it is noted; the time is added. */
export type Said = Entry extends infer E ? (E extends Entry ? Omit<E, 'at'> : never) : never;

export interface History {
  readonly entries: readonly Entry[];
  note(said: Said): void;
}

export function newHistory(now: () => number = Date.now): History {
  const entries: Entry[] = [];
  return {
    entries,
    note: (said) => void entries.push({ at: now(), ...said } as Entry),
  };
}
