import type { ProblemCode } from '../../contract/problems/codes.ts';
import type { RejectionReason } from '../../contract/problems/rejection-reasons.ts';

/** Why a file is refused, as it crosses the border of a worker. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly reason: RejectionReason;
  readonly extension?: string;
}

/** Ends an inspection with a refusal. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

export const refuseArchive = (reason: RejectionReason): never => {
  throw new Refused({ code: 'archive-refused', reason });
};

/** Limits of the inspection of one file, with all archives inside it. Sizes in bytes. */
export interface ArchiveLimits {
  readonly maxEntries: number;
  /** How many archives may be inside one another. */
  readonly maxDepth: number;
  /** A file is a bomb if it unpacks to more than this, and to more than `maxRatio` times its size. */
  readonly minBombSize: number;
  readonly maxRatio: number;
  /** Decompressed from streams. */
  readonly maxStreamed: number;
  /** Archives inside archives that are unpacked in memory: at once, and all together. */
  readonly maxNested: number;
  readonly maxNestedInAll: number;
  /** Entries whose first bytes are read, and what these may inflate to. */
  readonly maxHeads: number;
  readonly maxHeadBytes: number;
}

const mebibyte = 1024 ** 2;

/** Chosen so that a file made to be slow takes a second and 64 MiB at most; see docs/guide/inspection.md. */
export const inspectionLimits: ArchiveLimits = {
  maxEntries: 100_000,
  maxDepth: 6,
  minBombSize: 256 * mebibyte,
  maxRatio: 200,
  maxStreamed: 512 * mebibyte,
  maxNested: 16 * mebibyte,
  maxNestedInAll: 96 * mebibyte,
  maxHeads: 4_000,
  maxHeadBytes: 32 * mebibyte,
};

/** Counts what is left of the limits. Its methods throw `Refused` when a file is beyond them. */
export interface Budget {
  readonly limits: ArchiveLimits;
  /** Counts how many archives are inside one another while `work` runs. */
  inArchive(work: () => Promise<void>): Promise<void>;
  countEntry(): void;
  /** Counts bytes that an entry declares to unpack to. */
  countDeclared(size: number): void;
  /** Counts bytes that came out of a stream; false once there are more than are looked through. */
  countStreamed(size: number): boolean;
  /** True if the head of one more entry may be read. */
  takeHead(): boolean;
  countHead(size: number): void;
  /** Runs `work` if it may unpack this many bytes in memory. */
  unpacking(size: number, work: () => Promise<void>): Promise<void>;
}

/** A budget for a file of this size. */
export function createBudget(fileSize: number, limits: ArchiveLimits): Budget {
  let [depth, entries, unpacked, streamed, heads, headBytes, nested, nestedInAll] = [0, 0, 0, 0, 0, 0, 0, 0];
  const countUnpacked = (size: number) => {
    unpacked += size;
    if (unpacked > limits.minBombSize && unpacked > limits.maxRatio * fileSize) refuseArchive('archive-bomb');
  };
  return {
    limits,
    inArchive: async (work) => {
      depth += 1;
      if (depth > limits.maxDepth) refuseArchive('archive-too-deep');
      await work();
      depth -= 1;
    },
    countEntry: () => {
      entries += 1;
      if (entries > limits.maxEntries) refuseArchive('archive-too-large');
    },
    countDeclared: countUnpacked,
    countStreamed: (size) => {
      streamed += size;
      countUnpacked(size);
      return streamed <= limits.maxStreamed;
    },
    takeHead: () => headBytes < limits.maxHeadBytes && heads++ < limits.maxHeads,
    countHead: (size) => {
      headBytes += size;
    },
    unpacking: async (size, work) => {
      if (nested + size > limits.maxNested || nestedInAll + size > limits.maxNestedInAll) return;
      nested += size;
      nestedInAll += size;
      await work();
      nested -= size;
    },
  };
}
