/** The operator's list of files that may neither enter nor stay, by SHA-256. */
import { Problem } from '../contract/problems/problem.ts';
import type { Inspector } from './staged-file.ts';

/** The SHA-256 of each blocked file, in lower case. */
export type Hashes = ReadonlySet<string>;

/** A list that may be replaced while the service runs. */
export interface Blocklist {
  hashes(): Hashes;
  /** Reads the list again if it has changed. A broken one leaves the hashes as they were. */
  refresh(): Promise<void>;
}

/**
 * Parses a list: a SHA-256 in hex at the start of each line, as `sha256sum` prints it; empty lines and comments after `#` are
 * ignored. Throws an `Error` that names the first line that is neither.
 */
export function parseBlocklist(text: string): Hashes {
  const hashes = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*/, '').trim();
    if (entry === '') continue;
    const hash = /^[\da-f]{64}(?=\s|$)/i.exec(entry)?.[0];
    if (hash === undefined) throw new Error(`line ${index + 1} begins with no SHA-256 in hex`);
    hashes.add(hash.toLowerCase());
  }
  return hashes;
}

/** Refuses files of the list. */
export const blocklistInspector = (list: Blocklist): Inspector => ({
  name: 'blocklist',
  appliesTo: ({ sha256 }) => list.hashes().has(sha256),
  inspect: async () => {
    throw new Problem('file-refused', { reason: 'blocked-file' });
  },
});
