/** Detects files with equal bytes before they are uploaded twice. */
import { type Digest, hashBlob } from '../transfer/hash-blob.ts';

/** The properties by which files are compared. */
export interface ComparableFile {
  readonly name: string;
  readonly size: number;
  /** Computed only if another file has the same size. */
  fingerprint(): Promise<string | undefined>;
}

export type Fingerprinter = (file: File) => Promise<string | undefined>;

/** Returns the first file with the same bytes. An unreadable file equals none. */
export async function findDuplicate(
  file: ComparableFile,
  others: readonly ComparableFile[],
): Promise<ComparableFile | undefined> {
  const sameSize = others.filter(({ size }) => size === file.size);
  if (sameSize.length === 0) return undefined;
  const fingerprint = await file.fingerprint();
  for (const other of sameSize)
    if (fingerprint !== undefined && fingerprint === (await other.fingerprint())) return other;
  return undefined;
}

/**
 * Returns a function that fingerprints files: by SHA-256, or by name, size and date without `crypto.subtle`. It reads
 * one file at a time to bound memory.
 */
export function createFingerprinter(digest: Digest | undefined): Fingerprinter {
  let queue: Promise<string | undefined> = Promise.resolve(undefined);
  return (file) => {
    const { name, size, lastModified } = file;
    if (!digest) return Promise.resolve(`${name} ${size} ${lastModified}`);
    queue = queue.then(() => hashBlob(file, digest)).catch(() => undefined);
    return queue;
  };
}
