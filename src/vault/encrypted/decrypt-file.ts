/** Random access to an encrypted file. */
import {
  chunkOf,
  chunkOffset,
  chunkSize,
  decryptChunk,
  encryptedSize,
  headerSize,
  type MessageKeys,
  openHeader,
  sealedChunkSize,
} from '../../encryption/chunk-cipher.ts';
import { release } from '../../platform/byte-stream.ts';
import { type Span, selfAuthenticating, type Vault } from '../vault.ts';

/** Thrown for bytes that are not those that were encrypted. */
export class Inauthentic extends Error {
  override readonly name = 'Inauthentic';
}

/** An encrypted file in the vault below. */
export interface EncryptedFile {
  readonly below: Pick<Vault, 'read'>;
  readonly key: string;
  /** Size of the plaintext in bytes. */
  readonly size: number;
  readonly inputKey: Uint8Array;
  readonly context: Uint8Array;
}

/**
 * Yields a span of the plaintext, which is not empty. Only authentic bytes leave; the memory of a piece is reused for the next.
 * Throws `Inauthentic`, and what the vault below throws.
 */
export async function* decryptSpan(file: EncryptedFile, span: Span): AsyncGenerator<Uint8Array, void, void> {
  const first = chunkOf(span.start);
  const total = encryptedSize(file.size);
  // The last chunk may be empty, and proves that the file is whole.
  const end = span.end === file.size ? total : Math.min(total, chunkOffset(chunkOf(span.end - 1) + 1));
  const header = first === 0 ? undefined : await readHeader(file);
  const source = readBelow(file, { start: header ? chunkOffset(first) : 0, end });
  const opener = createOpener(file, total, first, header);
  let at = first * chunkSize;
  for await (const bytes of source) {
    for (const plain of opener.add(bytes)) {
      const from = Math.max(0, span.start - at);
      const piece = plain.subarray(from, span.end - at);
      at += plain.byteLength;
      if (piece.byteLength > 0) yield piece;
    }
  }
}

const readBelow = ({ below, key, size }: EncryptedFile, span: Span) =>
  below.read(key, { size: encryptedSize(size), checks: selfAuthenticating }, span);

async function readHeader(file: EncryptedFile): Promise<MessageKeys> {
  const header = Buffer.alloc(headerSize);
  let at = 0;
  for await (const bytes of readBelow(file, { start: 0, end: headerSize })) {
    header.set(bytes, at);
    at += bytes.byteLength;
  }
  return keysFrom(file, header);
}

function keysFrom({ inputKey, context }: EncryptedFile, header: Uint8Array): MessageKeys {
  const keys = openHeader(inputKey, header, context);
  if (!keys) throw new Inauthentic('it begins with the header of another file');
  return keys;
}

/** Decrypts whole chunks within the memory that they came in, and keeps what is left of the last one for the next call. */
function createOpener(file: EncryptedFile, total: number, first: number, known: MessageKeys | undefined) {
  let keys = known;
  let chunk = first;
  let filled = 0;
  const rest = Buffer.alloc(Math.min(sealedChunkSize, total));
  const sizeOf = (number: number) => Math.min(sealedChunkSize, total - chunkOffset(number));

  /** Moves bytes into `rest` until it holds `size`. Answers how many it took. */
  function keep(bytes: Uint8Array, size: number): number {
    const taken = bytes.subarray(0, size - filled);
    rest.set(taken, filled);
    filled += taken.byteLength;
    return taken.byteLength;
  }

  const changed = () => new Inauthentic(`chunk ${chunk} has changed`);

  function* add(bytes: Uint8Array): Generator<Uint8Array, void, void> {
    let at = 0;
    if (!keys) {
      at = keep(bytes, headerSize);
      if (filled < headerSize) return;
      keys = keysFrom(file, rest.subarray(0, headerSize));
      filled = 0;
    }
    if (filled > 0) {
      at += keep(bytes.subarray(at), sizeOf(chunk));
      if (filled < sizeOf(chunk)) return;
      filled = 0;
      const plain = decryptChunk(keys, chunk, rest.subarray(0, sizeOf(chunk)));
      if (!plain) throw changed();
      chunk += 1;
      yield plain;
    }
    const begin = at;
    let end = at;
    let failure: unknown;
    for (let size = sizeOf(chunk); !failure && size > 0 && bytes.byteLength - at >= size; size = sizeOf(chunk)) {
      const plain = decryptChunk(keys, chunk, bytes.subarray(at, at + size));
      if (!plain) failure = changed();
      else {
        at += size;
        chunk += 1;
        bytes.set(plain, end);
        end += plain.byteLength;
        release(plain);
      }
    }
    // Authentic bytes before a damaged chunk still leave.
    if (end > begin) yield bytes.subarray(begin, end);
    if (failure) throw failure;
    keep(bytes.subarray(at), sealedChunkSize);
  }

  return { add };
}
