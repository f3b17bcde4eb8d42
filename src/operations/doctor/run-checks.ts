/** One examination from beginning to end. */

import { type Look, look } from './check-structure.ts';
import type { Fault } from './issues.ts';
import { inBoth } from './issues.ts';
import { repair } from './repair.ts';
import type { Patient, Watch } from './target.ts';
import { type Reading, readShare } from './verify-bytes.ts';

export interface Orders {
  /** How much of the data is read, from 0 to 1. */
  readonly share: number;
  readonly repair: boolean;
}

export interface Report extends Omit<Look, 'faults'> {
  /** Everything that was wrong, and of it what is wrong still. */
  readonly faults: readonly Fault[];
  readonly left: readonly Fault[];
  /** What was changed, in sentences. */
  readonly done: readonly string[];
  readonly reading: Reading | undefined;
}

export async function examine(patient: Patient, orders: Orders, watch: Watch): Promise<Report> {
  const damage = [...(await patient.ledger.integrity()), ...(await patient.vault.integrity())];
  // Whatever else such a database says may be wrong as well, and nothing may be written to it.
  if (damage.length > 0) return beyondHelp(damage);
  const found = await lookTwice(patient, watch);
  const reading =
    orders.share > 0 ? await readShare(patient, found, orders.share, watch) : undefined;
  const known = new Set(found.faults.map(({ subject }) => subject));
  const read = (reading?.faults ?? []).filter(({ subject }) => !known.has(subject));
  const faults = [...found.faults, ...read];
  const { left, done } =
    orders.repair && faults.length > 0 ? await repair(patient, faults) : { left: faults, done: [] };
  return { ...found, faults, left, done, reading };
}

/** What moves while it is looked at may look wrong once; what is wrong looks so twice. */
async function lookTwice(patient: Patient, watch: Watch): Promise<Look> {
  const first = await look(patient, watch);
  if (first.faults.length === 0) return first;
  await watch.settle();
  const second = await look(patient, watch);
  return { ...second, faults: inBoth(second.faults, first.faults) };
}

function beyondHelp(damage: readonly string[]): Report {
  const faults = damage.map((subject): Fault => ({ kind: 'database', subject, says: '' }));
  const notes = [
    'The rest was not looked at: put the database right first, or bring it back from a backup.',
  ];
  return { faults, left: faults, done: [], notes, gifts: 0, bytes: 0, reading: undefined };
}
