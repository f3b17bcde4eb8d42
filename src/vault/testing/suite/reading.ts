import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import { blockSize, maxChunkSize } from '../../vault.ts';
import { chunks, collect, newKey, sample } from '../samples.ts';
import { expectFacts, type OpenedVault, putSample, readUntilError, whole } from './facts.ts';

async function roundTrip(opened: OpenedVault, size: number) {
  const { vault } = opened;
  const { key, bytes, stored } = await putSample(vault, size);
  expectFacts(opened, stored, bytes);
  expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
}

async function damageAt({ vault, damage }: OpenedVault, position: number) {
  const { key, bytes, stored } = await putSample(vault, 3 * blockSize + 5);
  await damage(key, (kept) => kept.with(position, (kept[position] ?? 0) ^ 1));
  const block = Math.floor(position / blockSize);
  const read = await readUntilError(vault, key, stored);
  expect(read.error).toMatchObject({ code: 'gift-damaged' });
  expect(read.bytes.equals(bytes.subarray(0, block * blockSize))).toBe(true);
  const inside = { start: block * blockSize, end: block * blockSize + 1 };
  expect(await readUntilError(vault, key, stored, inside)).toMatchObject({
    bytes: Buffer.alloc(0),
    error: { code: 'gift-damaged' },
  });
}

const sizes = [0, 1, blockSize - 1, blockSize, blockSize + 1, 2 ** 20 + 3];

/** Cases about reading. */
export const readingCases: Readonly<Record<string, (opened: OpenedVault) => Promise<void>>> = {
  ...Object.fromEntries(
    sizes.map((size) => [`returns ${size} bytes unchanged`, (opened: OpenedVault) => roundTrip(opened, size)]),
  ),

  'stores the same facts for any chunks': async (opened) => {
    const { vault } = opened;
    const chunkSizes = fc.array(fc.integer({ min: 0, max: 1.5 * blockSize }), { maxLength: 8 });
    const size = fc.integer({ min: 0, max: 3 * blockSize });
    await fc.assert(
      fc.asyncProperty(size, chunkSizes, async (size, chunkSizes) => {
        const bytes = sample(size);
        const key = newKey();
        const stored = await vault.put(key, chunks(bytes, chunkSizes));
        expectFacts(opened, stored, bytes);
        expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
      }),
      { numRuns: 30 },
    );
  },

  'reads any span': async ({ vault }) => {
    const { key, bytes, stored } = await putSample(vault, 2.5 * blockSize);
    const edge = fc.constantFrom(0, 1, blockSize - 1, blockSize, blockSize + 1, stored.size - 1);
    const place = fc.oneof(edge, fc.integer({ min: 0, max: stored.size }));
    const check = async (a: number, b: number) => {
      const span = { start: Math.min(a, b), end: Math.max(a, b) };
      const read = await collect(vault.read(key, stored, span));
      expect(read.equals(bytes.subarray(span.start, span.end))).toBe(true);
    };
    await check(0, 1);
    await check(stored.size - 1, stored.size);
    await check(blockSize - 1, blockSize + 1);
    await fc.assert(fc.asyncProperty(place, place, check), { numRuns: 60 });
  },

  'yields nothing for an empty span': async ({ vault }) => {
    const { key, stored } = await putSample(vault, 10);
    for await (const chunk of vault.read(key, stored, { start: 5, end: 5 })) {
      expect.unreachable(`${chunk.byteLength} bytes of none`);
    }
  },

  'keeps a chunk unchanged until the next one is requested': async ({ vault }) => {
    const { key, bytes, stored } = await putSample(vault, 4 * blockSize);
    let at = 10;
    for await (const chunk of vault.read(key, stored, { start: at, end: stored.size })) {
      await sleep(20);
      expect(chunk.byteLength).toBeLessThanOrEqual(maxChunkSize);
      expect(Buffer.from(chunk).equals(bytes.subarray(at, at + chunk.byteLength))).toBe(true);
      at += chunk.byteLength;
    }
    expect(at).toBe(stored.size);
  },

  'never yields a damaged first block': (opened) => damageAt(opened, 0),
  'never yields a damaged middle block': (opened) => damageAt(opened, 2 * blockSize - 1),
  'never yields a damaged last block': (opened) => damageAt(opened, 3 * blockSize + 4),

  'reads an intact part of a damaged file': async ({ vault, damage }) => {
    const { key, bytes, stored } = await putSample(vault, 2 * blockSize);
    await damage(key, (kept) => kept.with(0, (kept[0] ?? 0) ^ 1));
    const span = { start: blockSize, end: stored.size };
    const read = await collect(vault.read(key, stored, span));
    expect(read.equals(bytes.subarray(blockSize))).toBe(true);
  },

  'reports damage for a file of another size': async ({ vault, damage }) => {
    const shorter = await putSample(vault, 2 * blockSize);
    await damage(shorter.key, (kept) => kept.subarray(0, blockSize));
    expect(await readUntilError(vault, shorter.key, shorter.stored)).toMatchObject({
      bytes: Buffer.alloc(0),
      error: { code: 'gift-damaged' },
    });
    const longer = await putSample(vault, blockSize);
    await damage(longer.key, (kept) => Buffer.concat([kept, kept]));
    expect(await readUntilError(vault, longer.key, longer.stored)).toMatchObject({
      bytes: Buffer.alloc(0),
      error: { code: 'gift-damaged' },
    });
  },

  'reports damage for a missing file': async ({ vault, damage }) => {
    const { key, stored } = await putSample(vault, 10);
    await damage(key, () => undefined);
    expect((await readUntilError(vault, key, stored)).error).toMatchObject({
      code: 'gift-damaged',
    });
  },

  'never yields a block without a checksum': async ({ vault }) => {
    const { key, stored } = await putSample(vault, blockSize + 1);
    const half = { ...stored, checks: stored.checks.subarray(0, 4) };
    const read = await readUntilError(vault, key, half);
    expect(read.error).toMatchObject({ code: 'gift-damaged' });
    expect(read.bytes.byteLength).toBe(blockSize);
  },

  'rejects a span outside the file': async ({ vault }) => {
    const { key, stored } = await putSample(vault, 10);
    for (const [start, end] of [
      [-1, 1],
      [0, 11],
      [2, 1],
      [0.5, 1],
    ] as const) {
      await expect(collect(vault.read(key, stored, { start, end }))).rejects.toThrow(RangeError);
    }
  },
};
