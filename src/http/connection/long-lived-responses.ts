/** Answers that are held open until there is news. A server that ends does not wait for it, but ends them (R11). */
export interface LongLivedResponses {
  /** Calls `end` when the server ends, or soon if it already does, unless what this answers is called before. */
  add(end: () => void): () => void;
  /** Ends the one that has been open longest, if any. */
  endOldest(): void;
  endAll(): void;
}

export function createLongLivedResponses(): LongLivedResponses {
  const ends = new Set<() => void>();
  let isOver = false;
  return {
    add: (end) => {
      ends.add(end);
      // Not at once: `end` may use what its caller sets after this.
      if (isOver) queueMicrotask(() => void (ends.has(end) && end()));
      return () => void ends.delete(end);
    },
    endOldest: () => {
      const [oldest] = ends;
      if (!oldest) return;
      ends.delete(oldest);
      oldest();
    },
    endAll: () => {
      isOver = true;
      for (const end of [...ends]) end();
    },
  };
}
