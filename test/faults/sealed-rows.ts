/** Reads what is sealed in the rows of an encrypted exchange. */
import { randomBytes } from 'node:crypto';
import { openKeyRing } from '../../src/app/encryption.ts';
import { readConfig } from '../../src/config/load-settings.ts';
import type { KeyRing } from '../../src/encryption/key-ring.ts';
import { openName } from '../../src/ledger/sealed/sealed-ledger.ts';
import { idOfName } from './test-content.ts';

type Settings = Readonly<Record<string, string>>;

/** The key of an encrypted site, as a setting. */
export const newKeySetting = (): Settings => ({ ENCRYPTION_KEYS: `lab:${randomBytes(32).toString('base64')}` });

export function ringOf({ ENCRYPTION_KEYS }: Settings): KeyRing | undefined {
  if (ENCRYPTION_KEYS === undefined) return undefined;
  return openKeyRing(readConfig([], { ENCRYPTION_KEYS }, 'no.env'), { randomBytes });
}

/** Answers a function from a row to the gift that its name tells: a gift is named after its content. */
export function giftReader(settings: Settings): (row: { readonly key: string; readonly name: string }) => string {
  const ring = ringOf(settings);
  return (row) => idOfName(ring ? openName(ring, { ...row, extension: '' }) : row.name);
}
