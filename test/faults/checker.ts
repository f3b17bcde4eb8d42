/** Compares the history of a run with the final state of the service. */
import type { Entry } from './history.ts';

/** The state of the service after the run, when every gift had been drawn. */
export interface FinalState {
  /**
   * Gifts handed out after the run, each with its ticket, or null for a free draw. Without `id` the content is of no
   * gift.
   */
  readonly handedOut: readonly { readonly id: string | null; readonly ticket: string | null }[];
  /** Gifts that the ledger had as delivered when the processes ended. */
  readonly delivered: readonly string[];
  /** Gifts that were in quarantine when the processes ended: their bytes were missing or damaged. */
  readonly quarantined: readonly string[];
  /** Gifts with more than one row in the ledger. */
  readonly copied: readonly string[];
  /** Tickets that got nothing. */
  readonly empty: readonly string[];
  /** Tickets that are spent although their clients received nothing for them. */
  readonly spent: readonly string[];
  /** Keys in the ledger without bytes in the vault. */
  readonly ghosts: readonly string[];
  /** Bytes in the vault without a row in the ledger, or unfinished, after the sweep. */
  readonly leaks: readonly string[];
  /** Broken invariants of the ledger, except those of tickets. */
  readonly faults: readonly string[];
  /** Broken invariants of tickets. */
  readonly unbacked: readonly string[];
}

export const violationKinds = [
  'lost',
  'double',
  'corrupt',
  'ghost',
  'leaked',
  'unserved',
  'unbacked',
  'own',
  'broken',
] as const;

/** The violations of each kind. A good run has none. */
export type Verdict = Readonly<Record<(typeof violationKinds)[number], readonly string[]>>;

/** Time that the service may take to record an arrival after the last byte, in milliseconds. */
const noting = 2_000;

/**
 * Judges a run; what was in flight is indeterminate. A failure excuses an unacknowledged arrival that repeats, and one
 * delivered gift for each unanswered free draw.
 */
export function check(entries: readonly Entry[], finalState: FinalState): Verdict {
  const facts = factsOf(entries);
  const times = new Map<string, number>();
  const seen = new Set<string>();
  const corrupt: string[] = [];
  const see = (id: string | null, where: string, isFinal: boolean) => {
    if (id === null || !facts.givers.has(id)) return void corrupt.push(id ?? where);
    seen.add(id);
    if (isFinal) times.set(id, (times.get(id) ?? 0) + 1);
  };
  for (const { id, url, isFinal } of facts.arrivals) see(id, url, isFinal);
  for (const { id, ticket } of finalState.handedOut) see(id, ticket ?? 'a free gift', true);
  const isExcused = (id: string) => facts.withdrawing.has(id) || facts.damaged.has(id);
  const missing = [...facts.given].filter((id) => !seen.has(id) && !isExcused(id));
  const sent = new Set(finalState.delivered);
  const served = new Set(taken(entries, finalState).map(({ ticket }) => ticket));
  const unheard = missing.filter((id) => sent.has(id)).slice(0, facts.unanswered);
  return {
    lost: missing.filter((id) => !unheard.includes(id)),
    double: [
      ...[...times].filter(([, count]) => count > 1).map(([id]) => id),
      // The giver has it back.
      ...[...facts.withdrawn].filter((id) => times.has(id)),
      ...finalState.copied,
    ],
    corrupt,
    ghost: [...finalState.ghosts, ...finalState.quarantined.filter((id) => !facts.damaged.has(id))],
    leaked: [...finalState.leaks, ...[...facts.refused].filter((id) => seen.has(id))],
    unserved: [
      ...finalState.empty.filter((ticket) => couldBeServed(ticket, facts, finalState)),
      ...finalState.spent.filter((ticket) => !served.has(ticket)),
    ],
    unbacked: finalState.unbacked,
    own: taken(entries, finalState)
      .filter(isOwn(facts))
      .map(({ id }) => `${id}`),
    broken: finalState.faults,
  };
}

export const isGood = (verdict: Verdict) => violationKinds.every((count) => verdict[count].length === 0);

/** Whether a ticket got nothing although a gift of another giver was left in the pool. */
function couldBeServed(ticket: string, facts: Facts, { handedOut }: FinalState): boolean {
  const giver = facts.givers.get(facts.earned.get(ticket) ?? '');
  return handedOut.some(({ id, ticket: taker }) => taker === null && id !== null && facts.givers.get(id) !== giver);
}

/** All arrivals, with their tickets. */
const taken = (entries: readonly Entry[], { handedOut }: FinalState) => [
  ...entries.filter((entry) => entry.action === 'arrived'),
  ...handedOut,
];

const isOwn =
  ({ givers, earned }: Facts) =>
  ({ id, ticket }: { readonly id: string | null; readonly ticket: string | null }) =>
    ticket !== null && id !== null && givers.get(id) === givers.get(earned.get(ticket) ?? '');

type Facts = ReturnType<typeof factsOf>;

function factsOf(entries: readonly Entry[]) {
  const givers = new Map<string, string>();
  const given = new Set<string>();
  const earned = new Map<string, string>();
  const damaged = new Set<string>();
  const refused = new Set<string>();
  const withdrawing = new Set<string>();
  const withdrawn = new Set<string>();
  const received = new Set<string>();
  const troubles: { from: number; to: number }[] = [];
  const asking = new Set<number>();
  for (const entry of entries) {
    if (entry.action === 'gives') givers.set(entry.id, entry.giver);
    if (entry.action === 'given') given.add(entry.id);
    if (entry.action === 'given' && entry.giver) givers.set(entry.id, entry.giver);
    if (entry.action === 'given' && entry.ticket !== null) earned.set(entry.ticket, entry.id);
    if (entry.action === 'asks') asking.add(entry.number);
    if (entry.action === 'answered') asking.delete(entry.number);
    if (entry.action === 'damaged') damaged.add(entry.id);
    if (entry.action === 'refused') refused.add(entry.id);
    if (entry.action === 'withdraws') withdrawing.add(earned.get(entry.ticket) ?? '');
    if (entry.action === 'stays') withdrawing.delete(earned.get(entry.ticket) ?? '');
    if (entry.action === 'withdrawn') withdrawn.add(earned.get(entry.ticket) ?? '');
    if (entry.action === 'received') received.add(entry.url);
    if (entry.action === 'trouble') troubles.push({ from: entry.from ?? entry.at, to: entry.until });
  }
  const mayBeUnnoted = ({ since, at }: Arrival) => troubles.some(({ from, to }) => from <= at + noting && to >= since);
  const arrivals = onePerDelivery(entries).map((arrival) => ({
    id: arrival.id,
    url: arrival.url,
    isFinal: received.has(arrival.url) || !mayBeUnnoted(arrival),
  }));
  const unanswered = troubles.length > 0 ? asking.size : 0;
  return { givers, given, earned, damaged, refused, withdrawing, withdrawn, arrivals, unanswered };
}

type Arrival = Extract<Entry, { action: 'arrived' }>;

/** Fetching a delivery again is no second arrival, unless its bytes differ. */
function onePerDelivery(entries: readonly Entry[]): Arrival[] {
  const found = new Map<string, Arrival>();
  for (const entry of entries) {
    if (entry.action === 'arrived') found.set(`${entry.url} ${entry.id}`, entry);
  }
  return [...found.values()];
}
