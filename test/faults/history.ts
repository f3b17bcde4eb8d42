/** The history of a run: all requests and answers in order. The checker believes nothing else. */

/** `at`: milliseconds since 1970 by the clock of the clients. */
export type Entry = { readonly at: number } & (
  | { readonly action: 'gives'; readonly id: string; readonly giver: string }
  /**
   * Acknowledged by the service. `ticket` is null if none was wanted; `giver` is the giver under its later name.
   */
  | {
      readonly action: 'given';
      readonly id: string;
      readonly ticket: string | null;
      readonly giver?: string;
    }
  /** Refused for good. */
  | { readonly action: 'refused'; readonly id: string; readonly code: string }
  /**
   * All bytes of a delivery arrived, the first not before `since`. Without `id` they are the content of no gift.
   */
  | {
      readonly action: 'arrived';
      readonly since: number;
      readonly id: string | null;
      readonly url: string;
      readonly ticket: string | null;
    }
  /** The service acknowledged the arrival. */
  | { readonly action: 'received'; readonly url: string }
  /** A request whose gift only its answer names. */
  | { readonly action: 'asks'; readonly number: number }
  | { readonly action: 'answered'; readonly number: number }
  | { readonly action: 'withdraws'; readonly ticket: string }
  | { readonly action: 'withdrawn'; readonly ticket: string }
  /** The gift can no longer be withdrawn. */
  | { readonly action: 'stays'; readonly ticket: string }
  /** Its bytes were damaged on purpose. */
  | { readonly action: 'damaged'; readonly id: string }
  /** The service was dead, or could record nothing, from `from` until `until`. */
  | {
      readonly action: 'trouble';
      readonly from?: number;
      readonly until: number;
      readonly what: string;
    }
);

/** An entry without its time, which `note` adds. */
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
