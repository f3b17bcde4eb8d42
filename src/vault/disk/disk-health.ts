import { Problem } from '../../contract/problems/problem.ts';

/**
 * A latch against fsyncgate (R6): after EIO the kernel may mark unwritten pages as clean, so that the next fsync succeeds.
 * No gift is stored until a restart; reads continue. See https://wiki.postgresql.org/wiki/Fsync_Errors
 */
export interface DiskHealth {
  markFailed(cause: unknown): void;
  /** Throws `storage-failing` after a failure. */
  assertHealthy(): void;
}

/** A healthy disk. Calls `onFailure` at the first failure. */
export function createDiskHealth(onFailure: (cause: unknown) => void = () => undefined): DiskHealth {
  let failure: { readonly cause: unknown } | undefined;
  return {
    markFailed: (cause) => {
      if (failure) return;
      failure = { cause };
      onFailure(cause);
    },
    assertHealthy: () => {
      if (failure) throw new Problem('storage-failing', failure);
    },
  };
}
