/** Work that a response started and that may outlive its connection, such as recording a completed delivery. */
export interface PendingWork {
  /** Adds work, and answers it. */
  add<T>(work: Promise<T>): Promise<T>;
  /** Resolves when all work has ended. */
  settled(): Promise<void>;
}

export function createPendingWork(): PendingWork {
  const pending = new Set<Promise<unknown>>();
  return {
    add: (work) => {
      const end = () => void pending.delete(work);
      pending.add(work);
      work.then(end, end);
      return work;
    },
    settled: async () => {
      await Promise.allSettled(pending);
    },
  };
}
