/** How a cleaned file is made: which spans of the original stay, what is written in place of others, and what goes. */
import type { RejectionReason } from '../../contract/problems/rejection-reasons.ts';

/** Kept bytes of the original, bytes to write, or a number of zeros. */
export type Piece =
  | { readonly from: number; readonly to: number }
  | { readonly zeros: number }
  | { readonly bytes: Uint8Array };

export interface Cleaning {
  readonly pieces: readonly Piece[];
  /** Names of the removed fields, never their values; sorted. */
  readonly removed: readonly string[];
}

/** Metadata cannot be removed soundly, for this reason. */
export class MetadataStays extends Error {
  override readonly name = 'MetadataStays';
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason) {
    super(reason);
    this.reason = reason;
  }
}

/** The file cannot be read as what it says it is. */
export const damagedFormat = () => new MetadataStays('damaged-file');

/** Limits of a cleaning: pieces, bytes that are written anew, and names in the receipt. */
const most = { pieces: 50_000, bytes: 32 * 1024 ** 2, names: 200 };

/** Collects a cleaning from the start of the file to its end. */
export interface CleaningDraft {
  keep(from: number, to: number): void;
  write(bytes: Uint8Array): void;
  /** Writes zeros, so that what follows stays in its place. */
  blank(count: number): void;
  /** Notes names of fields that are not kept. */
  drop(...fields: readonly string[]): void;
  /** Throws `MetadataStays` if there are more pieces than a file of a program has. */
  finish(): Cleaning;
}

export function createDraft(): CleaningDraft {
  const pieces: Piece[] = [];
  const removed = new Set<string>();
  let written = 0;
  const add = (piece: Piece) => {
    pieces.push(piece);
    if (pieces.length > most.pieces || written > most.bytes) throw new MetadataStays('damaged-file');
  };
  return {
    keep: (from, to) => {
      if (to <= from) return;
      const last = pieces.at(-1);
      if (last && 'to' in last && last.to === from) pieces[pieces.length - 1] = { from: last.from, to };
      else add({ from, to });
    },
    write: (bytes) => {
      written += bytes.length;
      if (bytes.length > 0) add({ bytes });
    },
    blank: (zeros) => {
      if (zeros > 0) add({ zeros });
    },
    drop: (...fields) => {
      for (const field of fields) if (removed.size < most.names) removed.add(field);
    },
    finish: () => ({ pieces, removed: [...removed].sort() }),
  };
}
