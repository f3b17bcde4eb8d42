/** The SHA-256 of a file of any size: at once while it fits in memory, and in pieces beyond. */

export type Digest = (bytes: ArrayBuffer) => Promise<ArrayBuffer>;

interface HashOptions {
  /** Size in bytes up to which a file is read at once; browsers have no buffer for 2 GiB and more. */
  readonly maxAtOnce?: number;
}

const pieceSize = 4 * 1024 ** 2;

/** In hexadecimal. Rejects if the bytes cannot be read. */
export async function hashBlob(
  bytes: Blob,
  digest: Digest,
  { maxAtOnce = 256 * 1024 ** 2 }: HashOptions = {},
): Promise<string> {
  if (bytes.size <= maxAtOnce) return toHex(await digest(await bytes.arrayBuffer()));
  const { sha256 } = await import('@noble/hashes/sha2.js');
  const hash = sha256.create();
  for (let at = 0; at < bytes.size; at += pieceSize)
    hash.update(new Uint8Array(await bytes.slice(at, at + pieceSize).arrayBuffer()));
  return toHex(hash.digest().slice().buffer as ArrayBuffer);
}

/** Undefined outside of secure contexts (https or localhost), where browsers have no `crypto.subtle`. */
export function browserDigest(): Digest | undefined {
  const { subtle } = globalThis.crypto ?? {};
  return subtle && ((bytes) => subtle.digest('SHA-256', bytes));
}

const toHex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
