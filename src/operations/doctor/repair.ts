/** What can be put right is put right, in the order that harms nobody: what is damaged goes before anybody is served. */

import { deadlinesFrom } from '../../exchange/deadlines.ts';
import { serveOverlooked } from '../../exchange/maintenance/jobs.ts';
import { minStrayAge } from '../../exchange/maintenance/reconcile.ts';
import type { SweepResult } from '../../ledger/types.ts';
import { brokenRules, type Issue, type IssueKind, inBoth } from './issues.ts';
import type { Target } from './target.ts';
import { isNeeded } from './verify-bytes.ts';

export interface Repaired {
  /** What is wrong still. */
  readonly left: readonly Issue[];
  /** Everything that was changed, in sentences. */
  readonly done: readonly string[];
}

export async function repair(patient: Target, faults: readonly Issue[]): Promise<Repaired> {
  const done: string[] = [];
  const left: Issue[] = faults.filter(({ kind }) => kind === 'database');
  for (const fault of faults) {
    const mend = ofOne[fault.kind];
    if (!mend) continue;
    try {
      const sentence = await mend(patient, fault);
      if (sentence !== undefined) done.push(sentence);
    } catch (error) {
      left.push({ ...fault, says: `${fault.says}, and ${(error as Error).message}` });
    }
  }
  left.push(...(await sweepLeftovers(patient, ofKind(faults, 'leftover'), done)));
  left.push(...(await mendRules(patient, ofKind(faults, 'rule'), done)));
  return { left, done };
}

const ofKind = (faults: readonly Issue[], kind: IssueKind) =>
  faults.filter((fault) => fault.kind === kind);

type Mend = (patient: Target, fault: Issue) => Promise<string | undefined>;

/** How the faults of one gift are mended; nothing is said of those that mended themselves. */
const ofOne: Partial<Record<IssueKind, Mend>> = {
  missing: (patient, { subject }) => quarantine(patient, subject, 'quarantineMissing'),
  'wrong-size': (patient, { subject }) => quarantine(patient, subject, 'quarantineDamaged'),
  damaged: (patient, { subject }) => quarantine(patient, subject, 'quarantineDamaged'),
  unreadable: (patient, { subject }) => quarantine(patient, subject, 'quarantineDamaged'),
  stray: async ({ ledger, vault }, { subject }) => {
    if ((await ledger.keysOfShard(subject.slice(0, 2))).has(subject)) return undefined;
    await vault.remove(subject);
    return `The stray bytes ${subject} were removed.`;
  },
};

async function quarantine(
  patient: Target,
  key: string,
  verb: 'quarantineMissing' | 'quarantineDamaged',
): Promise<string | undefined> {
  const { count, notices }: SweepResult = await patient.ledger[verb]([key], deadlinesFrom(patient));
  if (count === 0) {
    if (await isNeeded(patient, key)) throw new Error('it could not be quarantined');
    return undefined;
  }
  patient.events.publish(notices);
  return `The gift ${key} was taken out of circulation; the ticket of who drew it is good again.`;
}

/** Answers those that are still there. */
async function sweepLeftovers(
  { vault, now }: Target,
  leftovers: readonly Issue[],
  done: string[],
): Promise<Issue[]> {
  if (leftovers.length === 0) return [];
  await vault.sweep(now(), minStrayAge);
  const there = new Set<string>();
  for await (const { name } of vault.oddments()) there.add(name);
  for (const { subject } of leftovers)
    if (!there.has(subject)) done.push(`The leftover ${subject} was removed.`);
  return leftovers.filter(({ subject }) => there.has(subject));
}

/** Counters are counted anew and those who wait are served; answers the rules that are broken all the same. */
async function mendRules(
  patient: Target,
  broken: readonly Issue[],
  done: string[],
): Promise<Issue[]> {
  if (broken.length === 0) return [];
  for (const { counter, change } of await patient.ledger.repairCounters())
    done.push(`The counter ${counter} was changed by ${change > 0 ? '+' : ''}${change}.`);
  const served = await serveOverlooked(patient);
  if (served > 0) done.push(`${served} tickets that waited beside a gift for them were served.`);
  return inBoth(broken, brokenRules(await patient.ledger.audit()));
}
