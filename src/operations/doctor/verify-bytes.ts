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
  readonly seconds: number;
  /** Estimated time for the other gifts. */
  readonly restSeconds: number;
}

type Totals = Pick<StructureCheck, 'gifts' | 'bytes'>;

/**
 * Verifies the bytes of a random share of the gifts, at least one. Reads faulty gifts once more at the end, since a delivery
 * may have completed meanwhile. Throws `DoctorError` if the storage fails instead of single gifts.
 */
export async function verifyShare(
  target: Target,
  totals: Totals,
  share: number,
  sink: ProgressSink,
): Promise<VerifiedBytes> {
  const start = performance.now();
  let [gifts, bytes] = [0, 0];
  const onBytes = (count: number) => {
    bytes += count;
    sink.progress(`${gifts} of ${totals.gifts} gifts are read, ${bytes} bytes.`);
  };
  const suspects: NeededGift[] = [];
  for await (const gift of sampleGifts(target, totals.gifts, Math.ceil(share * totals.gifts))) {
    if (await findFault(target, gift, onBytes)) suspects.push(gift);
    gifts += 1;
  }
  const seconds = (performance.now() - start) / 1_000;
  const faults = await confirm(target, suspects, sink);
  const unreadable = faults.filter(({ kind }) => kind === 'unreadable');
  if (unreadable.length > gifts - suspects.length)
    throw new DoctorError(`The vault can hardly be read, so nothing was believed: ${unreadable[0]?.says}.`);
  const rest = Math.max(0, totals.bytes - bytes);
  return { faults, gifts, bytes, seconds, restSeconds: bytes === 0 ? 0 : (seconds * rest) / bytes };
}

/** A uniform random sample of the gifts in the order of their ids: selection sampling, Knuth's algorithm S. */
async function* sampleGifts({ ledger, roll }: Target, total: number, wanted: number): AsyncGenerator<NeededGift> {
  let [left, missing] = [total, wanted];
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

async function confirm(target: Target, suspects: readonly NeededGift[], sink: ProgressSink): Promise<Issue[]> {
  if (suspects.length === 0) return [];
  await sink.settle();
  const faults: Issue[] = [];
  for (const gift of suspects) {
    const fault = await findFault(target, gift);
    if (fault && (await isNeeded(target, gift.key))) faults.push(fault);
  }
  return faults;
}

async function findFault(
  { vault }: Target,
  gift: NeededGift,
  onBytes?: (bytes: number) => void,
): Promise<Issue | undefined> {
  const subject = gift.key;
  try {
    const says = await findDamage(vault, gift.key, gift, onBytes);
    return says === undefined ? undefined : { kind: 'damaged', subject, says };
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'storage-failing')) throw error;
    return { kind: 'unreadable', subject, says: reasonOf(error) };
  }
}

const reasonOf = ({ cause, message }: Problem) => (cause instanceof Error ? cause.message : message);

/** True if the bytes of a key are still needed. */
export async function isNeeded({ ledger }: Pick<Target, 'ledger'>, key: string): Promise<boolean> {
  return (await ledger.keysOfShard(key.slice(0, 2))).get(key)?.isNeeded === true;
}
