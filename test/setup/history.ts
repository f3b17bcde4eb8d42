/** What clients sent and were answered, held against what the service has afterwards. Contents are unique, so each stands for its gift. */

export interface History {
  /** Every content that was sent; true once the service acknowledged it. */
  readonly given: Map<string, boolean>;
  /** Every content that came back, and whether the service acknowledged that it arrived. */
  readonly received: { readonly content: string; readonly acknowledged: boolean }[];
}

export const newHistory = (): History => ({ given: new Map(), received: [] });

export interface Verdict {
  /** Acknowledged, never received, and not there any more. */
  readonly lost: readonly string[];
  /** Received for good more than once, or still there afterwards. */
  readonly double: readonly string[];
  /** Never sent by anybody. */
  readonly corrupt: readonly string[];
}

/**
 * Judges a history; `left` is what could still be had when it was over. What was in flight when the service died is
 * indeterminate: a gift without an answer may be there or not, an arrival that was not acknowledged may be repeated.
 */
export function judge({ given, received }: History, left: readonly string[]): Verdict {
  const seen = [...received.map(({ content }) => content), ...left];
  const final = received.filter(({ acknowledged }) => acknowledged).map(({ content }) => content);
  const times = new Map<string, number>();
  for (const content of [...final, ...left]) times.set(content, (times.get(content) ?? 0) + 1);
  const known = new Set(seen);
  return {
    lost: [...given]
      .filter(([content, acknowledged]) => acknowledged && !known.has(content))
      .map(([content]) => content),
    double: [...times].filter(([, count]) => count > 1).map(([content]) => content),
    corrupt: [...known].filter((content) => !given.has(content)),
  };
}
