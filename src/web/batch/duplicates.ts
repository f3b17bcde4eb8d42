/** Whether two files have the same bytes, found out before one of them is sent twice. */
import { type DownloadOptions, toHex } from '../transfer/download.ts';

/** As much of a file as it takes to know it again. */
export interface ComparableFile {
  readonly name: string;
  readonly size: number;
  /** What it is compared by, asked for only where another file has the same size. */
  fingerprint(): Promise<string | undefined>;
}

export type Fingerprinter = (file: File) => Promise<string | undefined>;

/** The first of the others with the same bytes. What cannot be read is the same as nothing. */
export async function findDuplicate(
  file: ComparableFile,
  others: readonly ComparableFile[],
): Promise<ComparableFile | undefined> {
  const alike = others.filter(({ size }) => size === file.size);
  if (alike.length === 0) return undefined;
  const print = await file.fingerprint();
  for (const other of alike)
    if (print !== undefined && print === (await other.fingerprint())) return other;
  return undefined;
}

/**
 * Answers what fingerprints files: by SHA-256 where the browser has it, by name, size and date elsewhere. One file at a
 * time, for each is in memory as a whole meanwhile.
 */
export function createFingerprinter(digest: DownloadOptions['digest']): Fingerprinter {
  let lane: Promise<string | undefined> = Promise.resolve(undefined);
  return (file) => {
    const { name, size, lastModified } = file;
    if (!digest) return Promise.resolve(`${name} ${size} ${lastModified}`);
    lane = lane
      .then(() => file.arrayBuffer())
      .then(digest)
      .then(toHex)
      .catch(() => undefined);
    return lane;
  };
}
