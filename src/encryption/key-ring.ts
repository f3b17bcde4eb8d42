/** The operator's keys: the first one encrypts, all of them decrypt. See docs/internals/encryption.md for the formats. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** A key of the operator. */
export interface RingKey {
  /** The operator's name for it. */
  readonly id: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** A key in use. */
interface UsedKey {
  readonly id: string;
  /** Tells two keys of the same name apart; in hex. Reveals nothing of the secret. */
  readonly fingerprint: string;
}

/** Why something sealed cannot be opened: the ring lacks its key, or it was changed or belongs elsewhere. */
type OpenFailure = 'unknown-key' | 'changed';

export type Opened = { readonly bytes: Uint8Array } | { readonly failure: OpenFailure };

/** Keys of files, or texts of the ledger. */
type SealPurpose = 'file-key' | 'text';

export interface KeyRing {
  /** The key that encrypts. */
  readonly first: UsedKey;
  readonly all: readonly UsedKey[];
  /** Random bytes for keys, salts and nonces. */
  randomBytes(size: number): Uint8Array;
  /** Seals a few bytes, bound to `context`, under the first key. */
  seal(purpose: SealPurpose, bytes: Uint8Array, context: Uint8Array): Uint8Array;
  /** Opens what any key of the ring has sealed for the same purpose and context. */
  open(purpose: SealPurpose, sealed: Uint8Array, context: Uint8Array): Opened;
}

const version = 1;
const fingerprintSize = 8;
const nonceSize = 12;
const tagSize = 16;
const nonceAt = 1 + fingerprintSize;
const bodyAt = nonceAt + nonceSize;

/** How many bytes sealing adds. */
export const sealOverhead = bodyAt + tagSize;

/** The bytes with which everything begins that this key has sealed. */
export const sealPrefix = (fingerprint: string): Uint8Array =>
  Uint8Array.from([version, ...Buffer.from(fingerprint, 'hex')]);

/** The fingerprint of the key that sealed these bytes, in hex; undefined if they are not sealed. */
export function fingerprintOf(sealed: Uint8Array): string | undefined {
  if (sealed.byteLength < sealOverhead || sealed[0] !== version) return undefined;
  return Buffer.from(sealed.subarray(1, nonceAt)).toString('hex');
}

/** Creates a ring over a source of random bytes. Throws `RangeError` for an empty ring. */
export function createKeyRing(keys: readonly RingKey[], randomBytes: (size: number) => Uint8Array): KeyRing {
  const derived = keys.map(deriveAll);
  const [first] = derived;
  if (!first) throw new RangeError('A key ring needs a key');
  const byFingerprint = new Map(derived.map((key) => [key.fingerprint, key]));
  const prefix = sealPrefix(first.fingerprint);
  return {
    first: usedKey(first),
    all: derived.map(usedKey),
    randomBytes,
    seal: (purpose, bytes, context) => {
      const nonce = randomBytes(nonceSize);
      const cipher = createCipheriv('aes-256-gcm', first[purpose], nonce, { authTagLength: tagSize });
      cipher.setAAD(context);
      const body = cipher.update(bytes);
      cipher.final();
      return Buffer.concat([prefix, nonce, body, cipher.getAuthTag()]);
    },
    open: (purpose, sealed, context) => {
      const key = byFingerprint.get(fingerprintOf(sealed) ?? '');
      if (!key) return { failure: fingerprintOf(sealed) === undefined ? 'changed' : 'unknown-key' };
      const end = sealed.byteLength - tagSize;
      const nonce = sealed.subarray(nonceAt, bodyAt);
      const decipher = createDecipheriv('aes-256-gcm', key[purpose], nonce, { authTagLength: tagSize });
      decipher.setAAD(context);
      decipher.setAuthTag(sealed.subarray(end));
      const bytes = decipher.update(sealed.subarray(bodyAt, end));
      try {
        decipher.final();
        return { bytes };
      } catch {
        return { failure: 'changed' };
      }
    },
  };
}

type DerivedKey = UsedKey & Readonly<Record<SealPurpose, KeyObject>>;

const usedKey = ({ id, fingerprint }: UsedKey): UsedKey => ({ id, fingerprint });

/** A key for each purpose, and the fingerprint, by HKDF-SHA-256. */
function deriveAll({ id, secret }: RingKey): DerivedKey {
  const derive = (purpose: string, size: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `random-file-exchange ${purpose} v1`, size));
  return {
    id,
    fingerprint: derive('fingerprint', fingerprintSize).toString('hex'),
    'file-key': createSecretKey(derive('file-key', 32)),
    text: createSecretKey(derive('text', 32)),
  };
}
