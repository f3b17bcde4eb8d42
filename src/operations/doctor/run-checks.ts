import { isMass } from '../../exchange/storage/missing-bytes.ts';
import { checkStructure, type StructureCheck } from './check-structure.ts';
import { type Issue, inBoth } from './issues.ts';
import { repair } from './repair.ts';
import type { ProgressSink, Target } from './target.ts';
import { type VerifiedBytes, verifyShare } from './verify-bytes.ts';

export interface DoctorOptions {
  /** Share of the gifts whose bytes are verified, from 0 to 1. */
  readonly share: number;
  readonly repair: boolean;
  /** Quarantine also many gifts without bytes. */
  readonly acceptLoss: boolean;
}

export interface DoctorReport extends Omit<StructureCheck, 'faults'> {
  /** All issues found. */
  readonly faults: readonly Issue[];
  /** Those of them that a repair did not fix. */
  readonly left: readonly Issue[];
  /** Changes made, as sentences. */
  readonly done: readonly string[];
  readonly reading: VerifiedBytes | undefined;
}

/** Runs all checks, and repairs if `options.repair`. Throws `DoctorError`. */
export async function runChecks(target: Target, options: DoctorOptions, sink: ProgressSink): Promise<DoctorReport> {
  const damage = [...(await target.ledger.integrity()), ...(await target.vault.integrity())];
  // A damaged database makes all other results unreliable and must not be written to.
  if (damage.length > 0) return databaseReport(damage);
  const structure = await checkTwice(target, sink);
  const reading = options.share > 0 ? await verifyShare(target, structure, options.share, sink) : undefined;
  const known = new Set(structure.faults.map(({ subject }) => subject));
  const damaged = (reading?.faults ?? []).filter(({ subject }) => !known.has(subject));
  const faults = [...structure.faults, ...damaged];
  if (!options.repair || faults.length === 0) return { ...structure, faults, left: faults, done: [], reading };
  const withheld = options.acceptLoss ? [] : massLoss(faults, structure.gifts);
  const { left, done } = await repair(
    target,
    faults.filter((fault) => !withheld.includes(fault)),
  );
  const notes = withheld.length > 0 ? [lossNote(withheld.length, structure.gifts)] : [];
  return { ...structure, notes: [...structure.notes, ...notes], faults, left: [...withheld, ...left], done, reading };
}

/** The missing gifts, if they are too many to be single faults. */
function massLoss(faults: readonly Issue[], gifts: number): readonly Issue[] {
  const missing = faults.filter(({ kind }) => kind === 'missing');
  return isMass(missing.length, gifts) ? missing : [];
}

const lossNote = (missing: number, gifts: number) =>
  `${missing} of ${gifts} gifts have no bytes, and none of them was quarantined: bring the bytes back from a backup, or accept the loss with --repair --accept-loss.`;

/** Keeps the faults of two checks: a change in progress may look like a fault once. */
async function checkTwice(target: Target, sink: ProgressSink): Promise<StructureCheck> {
  const first = await checkStructure(target, sink);
  if (first.faults.length === 0) return first;
  await sink.settle();
  const second = await checkStructure(target, sink);
  return { ...second, faults: inBoth(second.faults, first.faults) };
}

function databaseReport(damage: readonly string[]): DoctorReport {
  const faults = damage.map((subject): Issue => ({ kind: 'database', subject, says: '' }));
  const notes = ['Nothing else was checked: repair the database first, or restore it from a backup.'];
  return { faults, left: faults, done: [], notes, gifts: 0, bytes: 0, reading: undefined };
}
