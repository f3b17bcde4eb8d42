import { describe, expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Longer than a batch gathers its items. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await nextTurn();
}

/** A group commit that records its batches, each of which ends when the test ends it. */
function recording(concurrency: number, maxBatch: number) {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const commits = createGroupCommit<number>({
    concurrency,
    next: (queue) => queue.slice(0, maxBatch),
    run: async (batch) => {
      batches.push([...batch]);
      await new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  return { commits, batches, endFirst: () => ends.shift()?.() };
}

describe('a group commit', () => {
  it('runs the items of a few turns as one batch', async () => {
    const { commits, batches } = recording(1, 10);
    for (const item of [1, 2, 3]) {
      commits.add(item);
      expect(batches).toEqual([]);
      await nextTurn();
    }
    await someTurns();
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('keeps items that do not fit, or come later, for the next batch', async () => {
    const { commits, batches, endFirst } = recording(1, 2);
    for (const item of [1, 2, 3]) commits.add(item);
    await someTurns();
    commits.add(4);
    await someTurns();
    expect(batches).toEqual([[1, 2]]);
    endFirst();
    await someTurns();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('runs at most `concurrency` batches at the same time', async () => {
    const { commits, batches } = recording(2, 1);
    for (const item of [1, 2, 3]) commits.add(item);
    await someTurns();
    expect(batches).toEqual([[1], [2]]);
  });

  it('is idle once every item has run', async () => {
    const { commits, batches, endFirst } = recording(1, 1);
    await commits.idle();
    for (const item of [1, 2]) commits.add(item);
    let isIdle = false;
    const idle = commits.idle().then(() => {
      isIdle = true;
    });
    await someTurns();
    endFirst();
    await someTurns();
    expect([batches.length, isIdle]).toEqual([2, false]);
    endFirst();
    await idle;
  });
});
