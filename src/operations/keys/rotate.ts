/** `rfx keys rotate`: seals all keys of files, names and notes anew under the first key. Touches no bytes. */
import type { KeyRing } from '../../encryption/key-ring.ts';
import { sealPrefix } from '../../encryption/key-ring.ts';
import { keyOfText, openText, sealText, type TextContext, textPrefix } from '../../encryption/sealed-text.ts';
import { nameContext, noteContext } from '../../ledger/sealed/sealed-ledger.ts';
import type { Resealed, ResealedReport, SealedGift, SealedReport } from '../../ledger/sealed-types.ts';
import { keyOfChecks, resealFileKey } from '../../vault/encrypted/file-keys.ts';
import { CommandError } from '../command-arguments.ts';
import { changeHistories } from './histories.ts';
import { changeRooms } from './rooms.ts';
import { assertInUse, type KeysTarget, noKeys } from './target.ts';
import { allGifts, allReports } from './usage.ts';

interface RotateResult {
  /** Rows that were sealed anew. */
  readonly rows: number;
  /** Keys that nothing is under any more. */
  readonly retired: readonly string[];
  /** Keys that something is still under. */
  readonly left: readonly string[];
  /** Gifts with something that could not be opened. */
  readonly closed: number;
}

/**
 * Rotates beside a running service, in small transactions: an interrupted run is repeated. Throws `CommandError` unless the service
 * encrypts with the first key, or else new gifts would come under the old one.
 */
export async function rotate(target: KeysTarget): Promise<RotateResult> {
  const { ledger, ring } = target;
  if (!ring) throw new CommandError(noKeys);
  await assertInUse(ledger, ring);
  let [rows, closed] = [0, 0];
  for await (const gifts of allGifts(target)) {
    const { changes, failed } = plan(gifts, (gift) => resealGift(ring, gift));
    rows += await ledger.reseal(changes);
    closed += failed;
  }
  for await (const reports of allReports(target)) {
    const { changes, failed } = plan(reports, (report) => resealReport(ring, report));
    rows += await ledger.resealReports(changes);
    closed += failed;
  }
  for (const changeAll of [changeRooms, changeHistories]) {
    const changed = await changeAll(target, (name, context) => resealText(ring, name, context));
    rows += changed.rows;
    closed += changed.closed;
  }
  return { rows, closed, ...(await retireOthers(target, ring)) };
}

async function retireOthers({ ledger }: KeysTarget, ring: KeyRing) {
  const [retired, left]: [string[], string[]] = [[], []];
  for (const { id, fingerprint } of await ledger.encryptionKeys()) {
    if (id === ring.first.id) continue;
    const prefixes = { checks: sealPrefix(fingerprint), text: textPrefix(fingerprint) };
    ((await ledger.retireKey(id, prefixes)) ? retired : left).push(id);
  }
  return { retired, left };
}

/** A change of a row; undefined if it needs none; `closed` if something in it cannot be opened. */
type Change<C> = C | 'closed' | undefined;

function plan<R, C>(rows: readonly R[], change: (row: R) => Change<C>): { changes: C[]; failed: number } {
  const all = rows.map(change);
  return {
    changes: all.filter((one) => one !== undefined && one !== 'closed') as C[],
    failed: all.filter((one) => one === 'closed').length,
  };
}

function resealGift(ring: KeyRing, { id, key, size, name, checks }: SealedGift): Change<Resealed> {
  const newName = resealText(ring, name, nameContext(key));
  const isOld = isUnderOther(ring, keyOfChecks(checks));
  const newChecks = isOld ? resealFileKey(ring, checks, key, size) : checks;
  if (newName === undefined || newChecks === undefined) return 'closed';
  if (newName === name && !isOld) return undefined;
  return { id, from: { name, checks }, to: { name: newName, checks: newChecks } };
}

function resealReport(ring: KeyRing, { id, delivery, key, name, note }: SealedReport): Change<ResealedReport> {
  const newName = resealText(ring, name, nameContext(key));
  const newNote = note === null ? null : resealText(ring, note, noteContext(delivery));
  if (newName === undefined || newNote === undefined) return 'closed';
  if (newName === name && newNote === note) return undefined;
  return { id, from: { name, note }, to: { name: newName, note: newNote } };
}

const isUnderOther = ({ first }: KeyRing, fingerprint: string | undefined): boolean =>
  fingerprint !== undefined && fingerprint !== first.fingerprint;

/** Plain text stays plain: `rfx keys encrypt` seals it. */
function resealText(ring: KeyRing, text: string, context: TextContext): string | undefined {
  if (!isUnderOther(ring, keyOfText(text))) return text;
  const opened = openText(ring, text, context);
  return opened === undefined ? undefined : sealText(ring, opened, context);
}
