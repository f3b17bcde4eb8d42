/** Encryption of a stream whose length is not known. */
import { type Chunks, chunksFrom, release } from '../platform/byte-stream.ts';
import { chunkSize, createChunkCipher, deriveKeys, headerSize, type MessageKeys, tagSize } from './chunk-cipher.ts';

/** The key, salt and context of a message; see `chunk-cipher.ts`. */
interface MessageSecrets {
  readonly inputKey: Uint8Array;
  /** Random, and used once. */
  readonly salt: Uint8Array;
  readonly context: Uint8Array;
}

/**
 * Encrypts a stream; each chunk of it becomes one, with nothing held back. `look` sees the plaintext as it passes. The memory of
 * a chunk is reused for the next one.
 */
export function encryptStream(
  bytes: AsyncIterable<Uint8Array>,
  secrets: MessageSecrets,
  look: (chunk: Uint8Array) => void,
): Chunks {
  const keys = deriveKeys(secrets.inputKey, secrets.salt, secrets.context);
  const source = bytes[Symbol.asyncIterator]();
  const encrypt = createEncryptor(keys, secrets.salt);
  let isOver = false;
  const find = async () => {
    if (isOver) return undefined;
    const { value, done } = await source.next();
    if (!done) {
      look(value);
      return encrypt.add(value);
    }
    isOver = true;
    return encrypt.end();
  };
  return chunksFrom(find, async () => source.return?.());
}

function createEncryptor(keys: MessageKeys, salt: Uint8Array) {
  let cipher: ReturnType<typeof createChunkCipher> | undefined;
  let chunk = 0;
  /** Bytes of the current chunk so far. */
  let filled = 0;
  let header: Uint8Array = Buffer.concat([salt, keys.commitment]);
  let buffer: Uint8Array = new Uint8Array(0);

  /** A buffer for the ciphertext of `size` bytes, behind the header if it is still to come. */
  function prepare(size: number): number {
    const needed = headerSize + size + tagSize * (Math.ceil(size / chunkSize) + 1);
    if (buffer.byteLength < needed) buffer = Buffer.allocUnsafeSlow(needed);
    const start = header.byteLength;
    buffer.set(header);
    header = new Uint8Array(0);
    return start;
  }

  function finishChunk(at: number): number {
    cipher ??= createChunkCipher(keys, chunk);
    cipher.final();
    buffer.set(cipher.getAuthTag(), at);
    cipher = undefined;
    chunk += 1;
    filled = 0;
    return at + tagSize;
  }

  return {
    add: (plain: Uint8Array): Uint8Array => {
      let at = prepare(plain.byteLength);
      for (let used = 0; used < plain.byteLength; ) {
        const piece = plain.subarray(used, used + chunkSize - filled);
        cipher ??= createChunkCipher(keys, chunk);
        const sealed = cipher.update(piece);
        buffer.set(sealed, at);
        release(sealed);
        at += piece.byteLength;
        used += piece.byteLength;
        filled += piece.byteLength;
        if (filled === chunkSize) at = finishChunk(at);
      }
      return buffer.subarray(0, at);
    },
    /** The tag of the last chunk, which is shorter than the others and may be empty. */
    end: (): Uint8Array => {
      const end = finishChunk(prepare(0));
      return buffer.subarray(0, end);
    },
  };
}
