/** The operator's keys, and whether they are those of the ledger. */
import type { Config } from '../config/settings.ts';
import { createKeyRing, type KeyRing } from '../encryption/key-ring.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerKey } from '../ledger/sealed-types.ts';
import { type Environment, OpenError } from './environment.ts';

/** The configured key ring; undefined if nothing is to be encrypted. */
export const openKeyRing = (
  { ENCRYPTION_KEYS }: Pick<Config, 'ENCRYPTION_KEYS'>,
  { randomBytes }: Pick<Environment, 'randomBytes'>,
): KeyRing | undefined => (ENCRYPTION_KEYS.length === 0 ? undefined : createKeyRing(ENCRYPTION_KEYS, randomBytes));

/** Compares the ring with the keys of a ledger. Answers a fault as a sentence; undefined if all gifts can be read. */
export function keyFault(known: readonly LedgerKey[], ring: KeyRing | undefined): string | undefined {
  const [last] = known;
  if (last && !ring)
    return `What is kept here is encrypted with the key "${last.id}", but ENCRYPTION_KEYS is not set; set it to the keys that it had.`;
  for (const { id, fingerprint } of known) {
    const ours = ring?.all.find((key) => key.id === id);
    if (!ours)
      return `ENCRYPTION_KEYS lacks the key "${id}", with which some of what is kept here is encrypted; add it behind the first one, or run "rfx keys rotate" while you have it.`;
    if (ours.fingerprint !== fingerprint)
      return `The key "${id}" in ENCRYPTION_KEYS is not the one that encrypted what is kept here; set the right one.`;
  }
  return undefined;
}

/** Refuses a ring that is not the ledger's, and records the key that encrypts from now on. Throws `OpenError`. */
export async function agreeOnKeys(
  ledger: Pick<Ledger, 'encryptionKeys' | 'useEncryptionKey'>,
  ring: KeyRing | undefined,
  now: number,
): Promise<void> {
  const known = await ledger.encryptionKeys();
  const fault = keyFault(known, ring);
  if (fault !== undefined) throw new OpenError(fault);
  if (ring && known[0]?.id !== ring.first.id) await ledger.useEncryptionKey(ring.first, now);
}
