import { Problem } from '../../contract/problems/problem.ts';

/**
 * Whether what a disk says of its writes is believed. After a write or a sync that failed by EIO the system may hold pages for
 * clean that never reached the disk, and the next fsync succeeds (R6, "fsyncgate"). So nothing is kept any more until a
 * restart; reading goes on.
 */
export interface DiskHealth {
  markFailed(cause: unknown): void;
  /** Throws `storage-failing` once trust is lost. */
  assertHealthy(): void;
}

/** Trust, to begin with; `lost` is called once. */
export function createDiskHealth(lost: (cause: unknown) => void = () => undefined): DiskHealth {
  let first: { readonly cause: unknown } | undefined;
  return {
    markFailed: (cause) => {
      if (first) return;
      first = { cause };
      lost(cause);
    },
    assertHealthy: () => {
      if (first) throw new Problem('storage-failing', first);
    },
  };
}
