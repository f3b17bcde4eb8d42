/** The data: the bytes of some gifts, or of all, read and compared with what was given. */
import { Problem } from '../../contract/problems/problem.ts';
import type { NeededGift } from '../../ledger/types.ts';
import { findDamage } from '../../vault/integrity/verify.ts';
import type { StructureCheck } from './check-structure.ts';
import { DoctorError, type Issue } from './issues.ts';
import type { ProgressSink, Target } from './target.ts';

export interface VerifiedBytes {
  readonly faults: readonly Issue[];
  readonly gifts: number;
  readonly bytes: number;
  /** How long it took, and how long all the rest would take. */
  readonly seconds: number;
  readonly restSeconds: number;
}

type Amount = Pick<StructureCheck, 'gifts' | 'bytes'>;

/**
 * Reads a share of all gifts, each as likely, at least one of them. What seems wrong is read once more when the others are
 * done: a receiver may just have got it. Throws `DoctorError` when it is the storage that fails, and not a gift.
 */
export async function verifyShare(
  patient: Target,
  all: Amount,
  share: number,
  watch: ProgressSink,
): Promise<VerifiedBytes> {
  const began = performance.now();
  let [gifts, bytes] = [0, 0];
  const passed = (count: number) => {
    bytes += count;
    watch.progress(`${gifts} of ${all.gifts} gifts are read, ${bytes} bytes.`);
  };
  const suspects: NeededGift[] = [];
  for await (const gift of pick(patient, all.gifts, Math.ceil(share * all.gifts))) {
    if (await findFault(patient, gift, passed)) suspects.push(gift);
    gifts += 1;
  }
  const seconds = (performance.now() - began) / 1_000;
  const faults = await confirm(patient, suspects, watch);
  const unreadable = faults.filter(({ kind }) => kind === 'unreadable');
  if (unreadable.length > gifts - suspects.length)
    throw new DoctorError(
      `The vault can hardly be read, so nothing was believed: ${unreadable[0]?.says}.`,
    );
  const rest = Math.max(0, all.bytes - bytes);
  return { faults, gifts, bytes, seconds, restSeconds: bytes === 0 ? 0 : (seconds * rest) / bytes };
}

/** So many of all gifts, in the order of their ids: each set of them is as likely (Knuth's algorithm S). */
async function* pick(
  { ledger, roll }: Target,
  all: number,
  wanted: number,
): AsyncGenerator<NeededGift> {
  let [left, missing] = [all, wanted];
  for (let after = 0; missing > 0; ) {
    const gifts = await ledger.neededGifts(after);
    for (const gift of gifts) {
      after = gift.id;
      const isPicked = roll(Math.max(left, 1)) < missing;
      left -= 1;
      if (!isPicked) continue;
      missing -= 1;
      yield gift;
    }
    if (gifts.length === 0) return;
  }
}

async function confirm(
  patient: Target,
  suspects: readonly NeededGift[],
  watch: ProgressSink,
): Promise<Issue[]> {
  if (suspects.length === 0) return [];
  await watch.settle();
  const faults: Issue[] = [];
  for (const gift of suspects) {
    const fault = await findFault(patient, gift);
    if (fault && (await isNeeded(patient, gift.key))) faults.push(fault);
  }
  return faults;
}

async function findFault(
  { vault }: Target,
  gift: NeededGift,
  passed?: (bytes: number) => void,
): Promise<Issue | undefined> {
  const subject = gift.key;
  try {
    const says = await findDamage(vault, gift.key, gift, passed);
    return says === undefined ? undefined : { kind: 'damaged', subject, says };
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'storage-failing')) throw error;
    return { kind: 'unreadable', subject, says: reasonOf(error) };
  }
}

const reasonOf = ({ cause, message }: Problem) =>
  cause instanceof Error ? cause.message : message;

/** Whether somebody is still to have the bytes of a key. */
export async function isNeeded({ ledger }: Pick<Target, 'ledger'>, key: string): Promise<boolean> {
  return (await ledger.keysOfShard(key.slice(0, 2))).get(key)?.isNeeded === true;
}
