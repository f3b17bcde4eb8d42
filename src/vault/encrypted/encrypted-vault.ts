/** Encryption at rest over any vault: each gift has a key of its own, which its row in the ledger holds. */
import { createHash } from 'node:crypto';
import { inputKeySize, saltSize } from '../../encryption/chunk-cipher.ts';
import { encryptStream } from '../../encryption/encrypt-stream.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import { assertWithin, damaged } from '../disk/block-reader.ts';
import type { ExistingVault, Span, StoredFacts, Vault } from '../vault.ts';
import { decryptSpan, type EncryptedFile, Inauthentic } from './decrypt-file.ts';
import { fileContext, keyOfChecks, openFileKey, sealFileKey } from './file-keys.ts';

/**
 * Encrypts what `below` stores, by C2SP chunked-encryption. Gifts from before encryption, whose checks are CRCs, are read as they
 * are.
 *
 * Without a ring it stores bytes as they are, and does not read encrypted ones, which would look damaged.
 */
export function encryptVault<V extends Vault>(below: V, ring: KeyRing | undefined): V {
  const own: Pick<Vault, 'put' | 'read'> = {
    put: (key, bytes, checking) => (ring ? putEncrypted(below, ring, key, bytes) : below.put(key, bytes, checking)),
    read: (key, stored, span) =>
      keyOfChecks(stored.checks) === undefined
        ? below.read(key, stored, span)
        : readEncrypted(below, ring, key, stored, span),
  };
  return { ...methodsOf(below), ...own };
}

/** The methods that are those of the vault below, one for the doctor included. The type names each that is missing. */
const passedOn: Readonly<Record<Exclude<keyof ExistingVault, 'put' | 'read'>, true>> = {
  has: true,
  remove: true,
  shards: true,
  sweep: true,
  free: true,
  check: true,
  id: true,
  setId: true,
  unboundFiles: true,
  close: true,
  unknownEntries: true,
  integrity: true,
};

/** The methods as a plain object, also of an instance of a class. */
function methodsOf<V extends Vault>(vault: V): V {
  const all = vault as unknown as Partial<Record<string, (...args: never[]) => unknown>>;
  return Object.fromEntries(
    Object.keys(passedOn).flatMap((name) => {
      const method = all[name];
      return method ? [[name, method.bind(vault)]] : [];
    }),
  ) as unknown as V;
}

async function putEncrypted(
  below: Vault,
  ring: KeyRing,
  key: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<StoredFacts> {
  const inputKey = ring.randomBytes(inputKeySize);
  const secrets = { inputKey, salt: ring.randomBytes(saltSize), context: fileContext(key) };
  const hash = createHash('sha256');
  let size = 0;
  const look = (chunk: Uint8Array) => {
    hash.update(chunk);
    size += chunk.byteLength;
  };
  await below.put(key, encryptStream(bytes, secrets, look), 'self-authenticating');
  return { size, sha256: hash.digest('hex'), checks: sealFileKey(ring, inputKey, key, size) };
}

/** Bytes that are not authentic are read once more, as they may have been damaged on their way. */
async function* readEncrypted(
  below: Vault,
  ring: KeyRing | undefined,
  key: string,
  { size, checks }: Pick<StoredFacts, 'size' | 'checks'>,
  span: Span,
): AsyncGenerator<Uint8Array, void, void> {
  assertWithin(span, size);
  if (span.start === span.end) return;
  const inputKey = openFileKey(ring, checks, key, size);
  const file: EncryptedFile = { below, key, size, inputKey, context: fileContext(key) };
  let failedAt = -1;
  for (let at = span.start; ; ) {
    try {
      for await (const piece of decryptSpan(file, { start: at, end: span.end })) {
        at += piece.byteLength;
        yield piece;
      }
      return;
    } catch (error) {
      if (!(error instanceof Inauthentic)) throw error;
      if (failedAt === at) throw damaged(error.message, error);
      failedAt = at;
    }
  }
}
