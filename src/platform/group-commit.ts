/**
 * Group commit: items that arrive within a few turns of the event loop run as one batch. A batch shares the price of one commit
 * and one fsync.
 */
interface GroupCommit<Item> {
  /** Queues an item for the next batch. */
  add(item: Item): void;
  /** Resolves when nothing is queued or running. */
  idle(): Promise<void>;
}

interface GroupCommitOptions<Item> {
  /** How many batches run at the same time; 1 by default. */
  readonly concurrency?: number;
  /** Chooses the items of the next batch; none if all of them have to wait for a running batch. */
  next(queue: readonly Item[], running: Iterable<readonly Item[]>): readonly Item[];
  /** Runs a batch and settles each of its items. Must not reject. */
  run(batch: readonly Item[]): Promise<void>;
}

export function createGroupCommit<Item>({ concurrency = 1, next, run }: GroupCommitOptions<Item>): GroupCommit<Item> {
  let queue: Item[] = [];
  const running = new Set<Promise<void>>();
  const batches = new Set<readonly Item[]>();

  const drain = async () => {
    while (queue.length > 0) {
      const batch = next(queue, batches);
      if (batch.length === 0) return;
      const items = new Set(batch);
      queue = queue.filter((item) => !items.has(item));
      batches.add(batch);
      await run(batch);
      batches.delete(batch);
      if (queue.length > 0) await gathering();
    }
  };
  const start = () => {
    if (running.size >= concurrency) return;
    const work = gathering()
      .then(drain)
      .finally(() => {
        running.delete(work);
        // An item may have arrived after the last look at the queue.
        if (queue.length > 0 && next(queue, batches).length > 0) start();
      });
    running.add(work);
  };
  return {
    add: (item) => {
      queue.push(item);
      start();
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/**
 * How many turns a batch gathers items. A response leaves two turns after its draw: with fewer turns, clients would fall into
 * groups with commits of their own.
 */
const gatheringTurns = 3;

async function gathering(): Promise<void> {
  for (let turn = 0; turn < gatheringTurns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
