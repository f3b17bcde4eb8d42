/** `rfx keys encrypt`: encrypts what was stored before there were keys. */
import { Problem } from '../../contract/problems/problem.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import { keyOfText, sealText, type TextContext } from '../../encryption/sealed-text.ts';
import { nameContext, noteContext, openName, sealName } from '../../ledger/sealed/sealed-ledger.ts';
import type { SealedGift } from '../../ledger/sealed-types.ts';
import { keyOfChecks } from '../../vault/encrypted/file-keys.ts';
import { copyChunks } from '../../vault/integrity/verify.ts';
import { changeHistories } from './histories.ts';
import { changeRooms } from './rooms.ts';
import { assertInUse, type EncryptTarget } from './target.ts';
import { allGifts, allReports } from './usage.ts';

interface EncryptResult {
  readonly files: number;
  readonly texts: number;
  /** Gifts that are on their way: their bytes are soon gone, or in the pool again. */
  readonly waiting: number;
  /** Keys of gifts whose bytes are damaged or gone, which `rfx doctor` repairs. */
  readonly damaged: readonly string[];
}

/** Encrypts beside a running service, one gift at a time; an interrupted run is repeated. `onGift` reports progress. */
export async function encryptExisting(
  target: EncryptTarget,
  onGift: (files: number) => void = () => undefined,
): Promise<EncryptResult> {
  await assertInUse(target.ledger, target.ring);
  const damaged: string[] = [];
  let [files, texts, waiting] = [0, 0, 0];
  for await (const gifts of allGifts(target)) {
    for (const gift of gifts) {
      const isPlain = gift.checks.byteLength > 0 && keyOfChecks(gift.checks) === undefined;
      if (isPlain && gift.state === 'pooled') {
        const outcome = await encryptGift(target, gift);
        if (outcome === 'damaged') damaged.push(gift.key);
        else if (outcome === 'drawn') waiting += 1;
        else {
          files += 1;
          onGift(files);
        }
      } else if (isPlain) waiting += 1;
    }
    texts += await sealNames(target, gifts);
  }
  for (const changeAll of [changeRooms, changeHistories])
    texts += (await changeAll(target, (name, context) => sealPlain(target.ring, name, context))).rows;
  return { files, texts: texts + (await sealReports(target)), waiting, damaged };
}

/**
 * Stores the bytes anew under another key of the vault, then tells the ledger, then removes the old ones. A crash in between leaves
 * bytes without a row, which reconciliation removes.
 */
async function encryptGift(
  { ledger, ring, vault, randomBytes }: EncryptTarget,
  gift: SealedGift,
): Promise<'encrypted' | 'drawn' | 'damaged'> {
  const { id, key, size, sha256, checks } = gift;
  const newKey = Buffer.from(randomBytes(16)).toString('hex');
  const plain = vault.read(key, { size, checks }, { start: 0, end: size });
  const stored = await unlessDamaged(vault.put(newKey, copyChunks(plain)));
  if (!stored) return 'damaged';
  const isSound = stored.sha256 === sha256;
  const name = sealName(ring, { key: newKey, name: openName(ring, gift) });
  const to = { key: newKey, name, checks: stored.checks };
  const isReplaced = isSound && (await ledger.replaceBytes({ id, from: { key, checks }, to }));
  await vault.remove(isReplaced ? key : newKey);
  if (isReplaced) return 'encrypted';
  return isSound ? 'drawn' : 'damaged';
}

async function unlessDamaged<T>(storing: Promise<T>): Promise<T | undefined> {
  try {
    return await storing;
  } catch (error) {
    if (error instanceof Problem && error.code === 'gift-damaged') return undefined;
    throw error;
  }
}

async function sealNames({ ledger, ring }: EncryptTarget, gifts: readonly SealedGift[]): Promise<number> {
  const changes = gifts
    .filter(({ name }) => keyOfText(name) === undefined)
    .map(({ id, key, name, checks }) => ({
      id,
      from: { name, checks },
      to: { name: sealName(ring, { key, name }), checks },
    }));
  return ledger.reseal(changes);
}

/** Seals a text that is not sealed yet. */
const sealPlain = (ring: KeyRing, text: string, context: TextContext): string =>
  keyOfText(text) === undefined ? sealText(ring, text, context) : text;

async function sealReports({ ledger, ring }: EncryptTarget): Promise<number> {
  let sealed = 0;
  for await (const reports of allReports({ ledger })) {
    const changes = reports
      .filter(({ name, note }) => [name, note].some((text) => text !== null && keyOfText(text) === undefined))
      .map(({ id, delivery, key, name, note }) => ({
        id,
        from: { name, note },
        to: {
          name: sealPlain(ring, name, nameContext(key)),
          note: note === null ? null : sealPlain(ring, note, noteContext(delivery)),
        },
      }));
    sealed += await ledger.resealReports(changes);
  }
  return sealed;
}
