/** Counts of what is sealed, by key. */
import { keyOfText } from '../../encryption/sealed-text.ts';
import type { SealedGift, SealedReport } from '../../ledger/sealed-types.ts';
import { keyOfChecks } from '../../vault/encrypted/file-keys.ts';
import { namesInHistories } from './histories.ts';
import { allRooms } from './rooms.ts';
import { pagesOf } from './row-pages.ts';
import type { KeysTarget } from './target.ts';

/** How much is under one key, or under none. */
export interface Usage {
  /** Gifts whose bytes are kept. */
  files: number;
  /** Names of gifts, reports and rooms, and notes. */
  texts: number;
}

/** All gifts in any state. */
export const allGifts = ({ ledger }: Pick<KeysTarget, 'ledger'>): AsyncIterable<readonly SealedGift[]> =>
  pagesOf(ledger.sealedGifts);

export const allReports = ({ ledger }: Pick<KeysTarget, 'ledger'>): AsyncIterable<readonly SealedReport[]> =>
  pagesOf(ledger.sealedReports);

/** Counts what is under each key by its fingerprint; `undefined` stands for what is not encrypted. */
export async function countUsage(target: Pick<KeysTarget, 'ledger'>): Promise<ReadonlyMap<string | undefined, Usage>> {
  const usage = new Map<string | undefined, Usage>();
  const of = (key: string | undefined) => {
    const found = usage.get(key) ?? { files: 0, texts: 0 };
    usage.set(key, found);
    return found;
  };
  for await (const gifts of allGifts(target)) {
    for (const { name, checks } of gifts) {
      of(keyOfText(name)).texts += 1;
      // Bytes that are gone have no checks.
      if (checks.byteLength > 0) of(keyOfChecks(checks)).files += 1;
    }
  }
  for await (const reports of allReports(target)) {
    for (const { name, note } of reports)
      for (const text of [name, note]) if (text !== null) of(keyOfText(text)).texts += 1;
  }
  for await (const rooms of allRooms(target)) for (const { name } of rooms) of(keyOfText(name)).texts += 1;
  for await (const name of namesInHistories(target)) of(keyOfText(name)).texts += 1;
  return usage;
}
