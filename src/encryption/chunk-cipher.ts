/**
 * C2SP chunked-encryption v1 in the instantiation Cobblestone-128 (SHA-512 and AES-128-GCM): chunks of 16 KiB, each authenticated
 * with its number. See https://c2sp.org/chunked-encryption and docs/internals/encryption.md.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';

/** Size of a chunk of plaintext in bytes. The last chunk is always shorter, and may be empty. */
export const chunkSize = 16 * 1024;

/** Size of the tag that ends each encrypted chunk, in bytes. */
export const tagSize = 16;

/** Size of an encrypted chunk in bytes. */
export const sealedChunkSize = chunkSize + tagSize;

/** Size of the input key of a message in bytes. */
export const inputKeySize = 16;

export const saltSize = 24;
const commitmentSize = 32;

/** Salt and commitment, before the first chunk. */
export const headerSize = saltSize + commitmentSize;

const nonceSize = 12;
const algorithm = 'aes-128-gcm';
const label = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_128_GCM\0', 'latin1');
const maxChunks = 2 ** 38;

/** Where an encrypted chunk begins, in bytes from the start of the ciphertext. */
export const chunkOffset = (chunk: number): number => headerSize + chunk * sealedChunkSize;

/** The chunk that holds a byte of the plaintext. */
export const chunkOf = (position: number): number => Math.floor(position / chunkSize);

/** Size of the ciphertext of `size` bytes. */
export const encryptedSize = (size: number): number => chunkOffset(chunkOf(size)) + (size % chunkSize) + tagSize;

/** The keys of one message. */
export interface MessageKeys {
  readonly key: KeyObject;
  readonly baseNonce: Uint8Array;
  /** Binds the ciphertext to the input key, the salt and the context. */
  readonly commitment: Uint8Array;
}

/** Derives the keys of a message by HKDF-Expand (RFC 5869), of which one block of SHA-512 is enough. Throws `RangeError`. */
export function deriveKeys(inputKey: Uint8Array, salt: Uint8Array, context: Uint8Array): MessageKeys {
  if (inputKey.byteLength !== inputKeySize) throw new RangeError(`The input key must have ${inputKeySize} bytes`);
  if (salt.byteLength !== saltSize) throw new RangeError(`The salt must have ${saltSize} bytes`);
  // A key object costs a quarter of the key's bytes.
  const block = createHmac('sha512', createSecretKey(inputKey))
    .update(label)
    .update(salt)
    .update(context)
    .update('\u0001')
    .digest();
  const [nonceAt, commitmentAt] = [inputKeySize, inputKeySize + nonceSize];
  return {
    key: createSecretKey(block.subarray(0, nonceAt)),
    baseNonce: block.subarray(nonceAt, commitmentAt),
    commitment: block.subarray(commitmentAt, commitmentAt + commitmentSize),
  };
}

/** The keys of a ciphertext that begins with `header`; undefined if its commitment is to another key, salt or context. */
export function openHeader(inputKey: Uint8Array, header: Uint8Array, context: Uint8Array): MessageKeys | undefined {
  if (header.byteLength !== headerSize) return undefined;
  const keys = deriveKeys(inputKey, header.subarray(0, saltSize), context);
  return timingSafeEqual(keys.commitment, header.subarray(saltSize)) ? keys : undefined;
}

/** The nonce of a chunk: the base nonce XOR the number of the chunk in big-endian order. */
function nonceOf({ baseNonce }: MessageKeys, chunk: number): Uint8Array {
  if (!(chunk < maxChunks)) throw new RangeError('The message is too long');
  const nonce = Uint8Array.from(baseNonce);
  for (let at = nonceSize - 1, rest = chunk; rest > 0; at -= 1, rest = Math.floor(rest / 256)) {
    nonce[at] = (nonce[at] as number) ^ (rest % 256); // mutant: chunk-order-unchecked
  }
  return nonce;
}

/** A cipher for one chunk, whose plaintext may come in pieces. */
export const createChunkCipher = (keys: MessageKeys, chunk: number) =>
  createCipheriv(algorithm, keys.key, nonceOf(keys, chunk), { authTagLength: tagSize });

/** Decrypts a chunk with its tag. Undefined if it is not the chunk with this number that was encrypted. */
export function decryptChunk(keys: MessageKeys, chunk: number, sealed: Uint8Array): Buffer | undefined {
  const length = sealed.byteLength - tagSize;
  if (length < 0 || length > chunkSize) return undefined;
  const decipher = createDecipheriv(algorithm, keys.key, nonceOf(keys, chunk), { authTagLength: tagSize });
  decipher.setAuthTag(sealed.subarray(length));
  const plain = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}
