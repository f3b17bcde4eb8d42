import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sample } from '../testing/samples.ts';
import { blockSize, maxChunkSize } from '../vault.ts';
import { createBufferPool, maxPoolSize } from './buffer-pool.ts';
import { createWriteBehind } from './write-behind.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A file in memory; `act` comes before each step, and may wait or throw. */
function newFile(act: (step: 'write' | 'sync') => Promise<void> = turn) {
  const writes: Buffer[] = [];
  let writing = 0;
  const steps: string[] = [];
  return {
    writes,
    steps,
    write: async (bytes: Uint8Array) => {
      steps.push('write');
      writing += 1;
      expect(writing, 'one write at a time, or they may overtake one another').toBe(1);
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

/** All that there are, to see that none is missing. */
function takeAll(pieces: ReturnType<typeof createBufferPool>): number {
  let count = 0;
  while (pieces.acquire()) count += 1;
  return count;
}

const all = maxPoolSize / maxChunkSize;

it('writes every byte once and in order, whatever the chunks are and however many pieces are free', async () => {
  const chunkSizes = fc.array(fc.integer({ min: 0, max: 1.25 * maxChunkSize }), { maxLength: 8 });
  const check = async (chunkSizes: number[], free: number) => {
    const file = newFile();
    const pieces = createBufferPool();
    for (let held = all; held > free; held -= 1) pieces.acquire();
    const behind = createWriteBehind(file, pieces);
    const bytes = sample(chunkSizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (const size of chunkSizes) {
      // Its memory is used again at once.
      const chunk = bytes.slice(at, at + size);
      await behind.add(chunk);
      chunk.fill(0);
      at += size;
    }
    await behind.finish();
    await behind.close();
    expect(Buffer.concat(file.writes).equals(bytes)).toBe(true);
    expect(file.steps.at(-1)).toBe('sync');
    expect(takeAll(pieces)).toBe(free);
  };
  await fc.assert(fc.asyncProperty(chunkSizes, fc.integer({ min: 0, max: 3 }), check), {
    numRuns: 40,
  });
});

it('collects what comes quickly, but not the first block', async () => {
  const file = newFile();
  const behind = createWriteBehind(file, createBufferPool());
  const chunk = sample(blockSize / 2);
  for (let count = 0; count < 10; count += 1) await behind.add(chunk);
  await behind.finish();
  expect(file.writes.map((bytes) => bytes.byteLength).slice(0, 2)).toEqual([
    chunk.byteLength,
    chunk.byteLength,
  ]);
  expect(file.writes.length).toBeLessThan(10);
});

it('brings much to the disk before all is there', async () => {
  const file = newFile();
  const behind = createWriteBehind(file, createBufferPool());
  const chunk = sample(maxChunkSize);
  for (let count = 0; count < 80; count += 1) await behind.add(chunk);
  await behind.finish();
  expect(file.steps.filter((step) => step === 'sync')).toHaveLength(5);
});

for (const broken of ['write', 'sync'] as const) {
  it(`tells of a ${broken} that failed behind, and tries none again`, async () => {
    const cause = new Error('The disk is gone');
    let failed = 0;
    const pieces = createBufferPool();
    const file = newFile(async (step) => {
      await turn();
      if (step === broken && file.steps.length > 3) {
        failed += 1;
        throw cause;
      }
    });
    const behind = createWriteBehind(file, pieces);
    const chunk = sample(maxChunkSize);
    const adding = async () => {
      for (let count = 0; count < 40; count += 1) await behind.add(chunk);
      await behind.finish();
    };
    await expect(adding()).rejects.toBe(cause);
    await behind.close();
    expect(failed).toBe(1);
    expect(takeAll(pieces)).toBe(all);
  });
}

it('lets go of everything when it is given up half way', async () => {
  const pieces = createBufferPool();
  const file = newFile();
  const behind = createWriteBehind(file, pieces);
  for (let count = 0; count < 5; count += 1) await behind.add(sample(maxChunkSize - 7));
  await behind.close();
  expect(takeAll(pieces)).toBe(all);
  const written = file.steps.length;
  await turn();
  expect(file.steps).toHaveLength(written);
});
