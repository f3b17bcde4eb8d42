/** `rfx keys reports` and `rfx keys read`: for the operator, who cannot read the encrypted table and files by other programs. */
import { openText } from '../../encryption/sealed-text.ts';
import { nameContext, noteContext } from '../../ledger/sealed/sealed-ledger.ts';
import type { SealedGift } from '../../ledger/sealed-types.ts';
import { CommandError } from '../command-arguments.ts';
import { type EncryptTarget, type KeysTarget, noKeys } from './target.ts';
import { allGifts, allReports } from './usage.ts';

/** A report with its texts in the clear; null for one that cannot be opened, or a note that was not given. */
interface OpenedReport {
  readonly report: number;
  readonly key: string;
  readonly name: string | null;
  readonly note: string | null;
}

/** All reports, oldest first. Throws `CommandError`. */
export async function* openReports(target: KeysTarget): AsyncGenerator<OpenedReport> {
  const { ring } = target;
  if (!ring) throw new CommandError(noKeys);
  for await (const reports of allReports(target)) {
    for (const { id, delivery, key, name, note } of reports)
      yield {
        report: id,
        key,
        name: openText(ring, name, nameContext(key)) ?? null,
        note: note === null ? null : (openText(ring, note, noteContext(delivery)) ?? null),
      };
  }
}

/** The bytes of a gift that are still kept, by its key. Throws `CommandError`, and what the vault throws. */
export async function* readGift({ vault, ...target }: EncryptTarget, key: string): AsyncGenerator<Uint8Array, void> {
  const gift = await findGift(target, key);
  if (!gift || gift.checks.byteLength === 0) throw new CommandError(`No bytes of "${key}" are kept here.`);
  yield* vault.read(key, gift, { start: 0, end: gift.size });
}

async function findGift(target: Pick<KeysTarget, 'ledger'>, key: string): Promise<SealedGift | undefined> {
  for await (const gifts of allGifts(target)) {
    const found = gifts.find((gift) => gift.key === key);
    if (found) return found;
  }
  return undefined;
}
