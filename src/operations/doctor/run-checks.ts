/** One examination from beginning to end. */

import { checkStructure, type StructureCheck } from './check-structure.ts';
import type { Issue } from './issues.ts';
import { inBoth } from './issues.ts';
import { repair } from './repair.ts';
import type { ProgressSink, Target } from './target.ts';
import { type VerifiedBytes, verifyShare } from './verify-bytes.ts';

export interface DoctorOptions {
  /** How much of the data is read, from 0 to 1. */
  readonly share: number;
  readonly repair: boolean;
}

export interface DoctorReport extends Omit<StructureCheck, 'faults'> {
  /** Everything that was wrong, and of it what is wrong still. */
  readonly faults: readonly Issue[];
  readonly left: readonly Issue[];
  /** What was changed, in sentences. */
  readonly done: readonly string[];
  readonly reading: VerifiedBytes | undefined;
}

export async function runChecks(
  patient: Target,
  orders: DoctorOptions,
  watch: ProgressSink,
): Promise<DoctorReport> {
  const damage = [...(await patient.ledger.integrity()), ...(await patient.vault.integrity())];
  // Whatever else such a database says may be wrong as well, and nothing may be written to it.
  if (damage.length > 0) return beyondHelp(damage);
  const found = await lookTwice(patient, watch);
  const reading =
    orders.share > 0 ? await verifyShare(patient, found, orders.share, watch) : undefined;
  const known = new Set(found.faults.map(({ subject }) => subject));
  const read = (reading?.faults ?? []).filter(({ subject }) => !known.has(subject));
  const faults = [...found.faults, ...read];
  const { left, done } =
    orders.repair && faults.length > 0 ? await repair(patient, faults) : { left: faults, done: [] };
  return { ...found, faults, left, done, reading };
}

/** What moves while it is looked at may look wrong once; what is wrong looks so twice. */
async function lookTwice(patient: Target, watch: ProgressSink): Promise<StructureCheck> {
  const first = await checkStructure(patient, watch);
  if (first.faults.length === 0) return first;
  await watch.settle();
  const second = await checkStructure(patient, watch);
  return { ...second, faults: inBoth(second.faults, first.faults) };
}

function beyondHelp(damage: readonly string[]): DoctorReport {
  const faults = damage.map((subject): Issue => ({ kind: 'database', subject, says: '' }));
  const notes = [
    'The rest was not looked at: put the database right first, or bring it back from a backup.',
  ];
  return { faults, left: faults, done: [], notes, gifts: 0, bytes: 0, reading: undefined };
}
