import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sample } from '../testing/samples.ts';
import { blockSize, maxChunkSize } from '../vault.ts';
import { createBufferPool, maxPoolSize } from './buffer-pool.ts';
import { createWriteBehind } from './write-behind.ts';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A file in memory. `act` runs before each step, and may wait or throw. */
function newFile(act: (step: 'write' | 'sync') => Promise<void> = nextTurn) {
  const writes: Buffer[] = [];
  let writing = 0;
  const steps: string[] = [];
  return {
    writes,
    steps,
    write: async (bytes: Uint8Array) => {
      steps.push('write');
      writing += 1;
      expect(writing, 'sequential writes').toBe(1);
      await act('write');
      writes.push(Buffer.from(bytes));
      writing -= 1;
    },
    sync: async () => {
      steps.push('sync');
      await act('sync');
    },
  };
}

/** Acquires all free buffers and returns their number. */
function countFree(pool: ReturnType<typeof createBufferPool>): number {
  let count = 0;
  while (pool.acquire()) count += 1;
  return count;
}

const total = maxPoolSize / maxChunkSize;

it('writes all bytes in order, for any chunks and any number of free buffers', async () => {
  const chunkSizes = fc.array(fc.integer({ min: 0, max: 1.25 * maxChunkSize }), { maxLength: 8 });
  const check = async (chunkSizes: number[], free: number) => {
    const file = newFile();
    const pool = createBufferPool();
    for (let used = total; used > free; used -= 1) pool.acquire();
    const writer = createWriteBehind(file, pool);
    const bytes = sample(chunkSizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (const size of chunkSizes) {
      // The caller reuses the memory of the chunk.
      const chunk = bytes.slice(at, at + size);
      await writer.add(chunk);
      chunk.fill(0);
      at += size;
    }
    await writer.finish();
    await writer.close();
    expect(Buffer.concat(file.writes).equals(bytes)).toBe(true);
    expect(file.steps.at(-1)).toBe('sync');
    expect(countFree(pool)).toBe(free);
  };
  await fc.assert(fc.asyncProperty(chunkSizes, fc.integer({ min: 0, max: 3 }), check), {
    numRuns: 40,
  });
});

it('buffers a fast transfer after its first block', async () => {
  const file = newFile();
  const writer = createWriteBehind(file, createBufferPool());
  const chunk = sample(blockSize / 2);
  for (let count = 0; count < 10; count += 1) await writer.add(chunk);
  await writer.finish();
  expect(file.writes.map((bytes) => bytes.byteLength).slice(0, 2)).toEqual([chunk.byteLength, chunk.byteLength]);
  expect(file.writes.length).toBeLessThan(10);
});

it('syncs a large file in the background', async () => {
  const file = newFile();
  const writer = createWriteBehind(file, createBufferPool());
  const chunk = sample(maxChunkSize);
  for (let count = 0; count < 80; count += 1) await writer.add(chunk);
  await writer.finish();
  expect(file.steps.filter((step) => step === 'sync')).toHaveLength(5);
});

for (const broken of ['write', 'sync'] as const) {
  it(`throws the failure of a background ${broken} and does not retry`, async () => {
    const cause = new Error('The disk is gone');
    let failed = 0;
    const pool = createBufferPool();
    const file = newFile(async (step) => {
      await nextTurn();
      if (step === broken && file.steps.length > 3) {
        failed += 1;
        throw cause;
      }
    });
    const writer = createWriteBehind(file, pool);
    const chunk = sample(maxChunkSize);
    const adding = async () => {
      for (let count = 0; count < 40; count += 1) await writer.add(chunk);
      await writer.finish();
    };
    await expect(adding()).rejects.toBe(cause);
    await writer.close();
    expect(failed).toBe(1);
    expect(countFree(pool)).toBe(total);
  });
}

it('releases its buffers when it is closed early', async () => {
  const pool = createBufferPool();
  const file = newFile();
  const writer = createWriteBehind(file, pool);
  for (let count = 0; count < 5; count += 1) await writer.add(sample(maxChunkSize - 7));
  await writer.close();
  expect(countFree(pool)).toBe(total);
  const written = file.steps.length;
  await nextTurn();
  expect(file.steps).toHaveLength(written);
});
