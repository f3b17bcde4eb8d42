/** What clients sent and what they were answered, in order; the one thing that the checker believes. */

/** `at`: milliseconds since 1970, as the clients' clock tells. */
export type Entry = { readonly at: number } & (
  | { readonly action: 'gives'; readonly id: string; readonly giver: string }
  /** The service acknowledged it; `ticket` is what it earned, `giver` who its giver turned out to be. */
  | {
      readonly action: 'given';
      readonly id: string;
      readonly ticket: string | null;
      readonly giver?: string;
    }
  /** The service refused it for good. */
  | { readonly action: 'refused'; readonly id: string; readonly code: string }
  /** All bytes of a delivery came, the first of them not before `since`; no `id`: they are nobody's content. */
  | {
      readonly action: 'arrived';
      readonly since: number;
      readonly id: string | null;
      readonly url: string;
      readonly ticket: string | null;
    }
  /** The service acknowledged the arrival. */
  | { readonly action: 'received'; readonly url: string }
  /** Asks for a gift that only the answer would tell of. */
  | { readonly action: 'asks'; readonly number: number }
  | { readonly action: 'answered'; readonly number: number }
  | { readonly action: 'withdraws'; readonly ticket: string }
  | { readonly action: 'withdrawn'; readonly ticket: string }
  /** It cannot be taken back any more. */
  | { readonly action: 'stays'; readonly ticket: string }
  /** Its bytes were damaged on purpose. */
  | { readonly action: 'damaged'; readonly id: string }
  /** The service died, or could note nothing, for so long. */
  | {
      readonly action: 'trouble';
      readonly from?: number;
      readonly until: number;
      readonly what: string;
    }
);

/** An entry as it is noted; the time is added. */
export type NewEntry = Entry extends infer E ? (E extends Entry ? Omit<E, 'at'> : never) : never;

export interface History {
  readonly entries: readonly Entry[];
  note(said: NewEntry): void;
}

export function createHistory(now: () => number = Date.now): History {
  const entries: Entry[] = [];
  return {
    entries,
    note: (said) => void entries.push({ at: now(), ...said } as Entry),
  };
}
