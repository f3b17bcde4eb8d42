import { deadlinesFrom } from '../../exchange/deadlines.ts';
import { serveWaitingTickets } from '../../exchange/maintenance/jobs.ts';
import { minStrayAge } from '../../exchange/maintenance/reconcile.ts';
import type { SweepResult } from '../../ledger/types.ts';
import { brokenRules, type Issue, type IssueKind, inBoth } from './issues.ts';
import type { Target } from './target.ts';
import { isNeeded } from './verify-bytes.ts';

interface RepairResult {
  /** Issues that remain. */
  readonly left: readonly Issue[];
  /** Changes made, as sentences. */
  readonly done: readonly string[];
}

/** Repairs all it can. Quarantines damaged gifts before it serves waiting tickets, so that no ticket gets one. */
export async function repair(target: Target, faults: readonly Issue[]): Promise<RepairResult> {
  const done: string[] = [];
  const left: Issue[] = faults.filter(({ kind }) => kind === 'database' || kind === 'no-key');
  for (const fault of faults) {
    const repairOne = repairs[fault.kind];
    if (!repairOne) continue;
    try {
      const sentence = await repairOne(target, fault);
      if (sentence !== undefined) done.push(sentence);
    } catch (error) {
      left.push({ ...fault, says: `${fault.says}, and ${(error as Error).message}` });
    }
  }
  left.push(...(await sweepLeftovers(target, ofKind(faults, 'leftover'), done)));
  left.push(...(await repairRules(target, ofKind(faults, 'rule'), done)));
  return { left, done };
}

const ofKind = (faults: readonly Issue[], kind: IssueKind) => faults.filter((fault) => fault.kind === kind);

type Repair = (target: Target, fault: Issue) => Promise<string | undefined>;

/** Repairs of one file. Each returns its change as a sentence; undefined if the fault no longer exists. */
const repairs: Partial<Record<IssueKind, Repair>> = {
  missing: (target, { subject }) => quarantine(target, subject, 'quarantineMissing'),
  'wrong-size': (target, { subject }) => quarantine(target, subject, 'quarantineDamaged'),
  damaged: (target, { subject }) => quarantine(target, subject, 'quarantineDamaged'),
  unreadable: (target, { subject }) => quarantine(target, subject, 'quarantineDamaged'),
  stray: async ({ ledger, vault }, { subject }) => {
    if ((await ledger.keysOfShard(subject.slice(0, 2))).has(subject)) return undefined;
    await vault.remove(subject);
    return `The stray bytes ${subject} were removed.`;
  },
};

async function quarantine(
  target: Target,
  key: string,
  verb: 'quarantineMissing' | 'quarantineDamaged',
): Promise<string | undefined> {
  const { count, notices }: SweepResult = await target.ledger[verb]([key], deadlinesFrom(target));
  if (count === 0) {
    if (await isNeeded(target, key)) throw new Error('it could not be quarantined');
    return undefined;
  }
  target.events.publish(notices);
  return `The gift ${key} was quarantined; a ticket that drew it can draw again.`;
}

/** Returns the leftovers that still exist. */
async function sweepLeftovers({ vault, now }: Target, leftovers: readonly Issue[], done: string[]): Promise<Issue[]> {
  if (leftovers.length === 0) return [];
  await vault.sweep(now(), minStrayAge);
  const remaining = new Set<string>();
  for await (const { name } of vault.unknownEntries()) remaining.add(name);
  for (const { subject } of leftovers) if (!remaining.has(subject)) done.push(`The leftover ${subject} was removed.`);
  return leftovers.filter(({ subject }) => remaining.has(subject));
}

/** Recounts the counters and serves overlooked tickets. Returns the rules that are still broken. */
async function repairRules(target: Target, broken: readonly Issue[], done: string[]): Promise<Issue[]> {
  if (broken.length === 0) return [];
  for (const { counter, change } of await target.ledger.repairCounters())
    done.push(`The counter ${counter} was changed by ${change > 0 ? '+' : ''}${change}.`);
  const served = await serveWaitingTickets(target);
  if (served > 0) done.push(`${served} waiting tickets were served.`);
  return inBoth(broken, brokenRules(await target.ledger.audit()));
}
