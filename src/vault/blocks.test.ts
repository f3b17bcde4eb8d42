import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openDiskVault } from './disk.ts';
import { type DiskOperations, nodeOperations } from './operations.ts';
import { failure, newFolder, openFiles, openRecorded, removeFolders } from './recorded.ts';
import { chunks, collect, give, keysOf, newKey, sample } from './samples.ts';
import { blockSize } from './vault.ts';

afterEach(removeFolders);

describe('a reading', () => {
  async function kept(size: number) {
    const opened = await openRecorded();
    const key = newKey();
    const stored = await opened.vault.put(key, chunks(sample(size)));
    return { ...opened, key, stored, whole: { start: 0, end: size } };
  }

  it('closes the file when the consumer stops early, and after an error', async () => {
    const { folder, vault, key, stored, whole, listen } = await kept(3 * blockSize);
    for await (const _ of vault.read(key, stored, whole)) {
      if ((await readdir('/proc/self/fd').catch(() => [])).length > 0) {
        expect(await openFiles(folder)).toHaveLength(1);
      }
      break;
    }
    expect(await openFiles(folder)).toEqual([]);
    listen((_, [name]) => {
      if (name === 'read') throw failure('EIO');
    });
    await expect(collect(vault.read(key, stored, whole))).rejects.toThrow();
    expect(await openFiles(folder)).toEqual([]);
  });

  it('reads only the blocks it needs', async () => {
    const { vault, key, stored, calls, listen } = await kept(5 * blockSize);
    listen();
    const span = { start: 2 * blockSize - 1, end: 2 * blockSize + 1 };
    expect(await collect(vault.read(key, stored, span))).toHaveLength(2);
    expect(calls.map(([name]) => name)).toEqual(['open', 'size', 'read', 'read', 'close']);
  });

  it('is whole when the disk gives only a part at a time', async () => {
    const folder = await newFolder();
    const read: DiskOperations['read'] = (file, into, position) =>
      nodeOperations.read(file, into.subarray(0, 100_001), position);
    const vault = await openDiskVault(folder, { read });
    const bytes = sample(2 * blockSize);
    const key = newKey();
    const stored = await vault.put(key, chunks(bytes));
    const got = await collect(vault.read(key, stored, { start: 0, end: stored.size }));
    expect(got.equals(bytes)).toBe(true);
  });

  it('calls the gift damaged when it shrinks meanwhile', async () => {
    const folder = await newFolder();
    const vault = await openDiskVault(folder, { read: async () => 0 });
    const key = newKey();
    const stored = await give(vault, key);
    const reading = collect(vault.read(key, stored, { start: 0, end: stored.size }));
    await expect(reading).rejects.toMatchObject({ code: 'gift-damaged' });
  });

  for (const [operation, code] of [
    ['open', 'EMFILE'],
    ['open', 'EIO'],
    ['size', 'EIO'],
    ['read', 'EIO'],
  ] as const) {
    it(`blames the disk and not the gift for ${code} at ${operation}`, async () => {
      const { vault, key, stored, whole, listen } = await kept(10);
      listen((_, [name]) => {
        if (name === operation) throw failure(code);
      });
      const reading = collect(vault.read(key, stored, whole));
      await expect(reading).rejects.toMatchObject({ code: 'storage-failing' });
      listen();
      await vault.check();
    });
  }

  it('blames the disk and not the gift when the whole folder is gone', async () => {
    const { folder, vault, key, stored, whole } = await kept(10);
    await rm(join(folder, 'gifts'), { recursive: true });
    const reading = collect(vault.read(key, stored, whole));
    await expect(reading).rejects.toMatchObject({ code: 'storage-failing' });
    await expect(keysOf(vault)).rejects.toMatchObject({ code: 'storage-failing' });
  });

  it('holds one block, with 50 of them at once', async () => {
    const { vault, key, stored, whole } = await kept(8 * blockSize);
    const before = process.memoryUsage().arrayBuffers;
    const readings = Array.from({ length: 50 }, () =>
      vault.read(key, stored, whole)[Symbol.asyncIterator](),
    );
    for (let block = 0; block < 7; block += 1) {
      await Promise.all(readings.map((reading) => reading.next()));
    }
    const held = process.memoryUsage().arrayBuffers - before;
    expect(held).toBeLessThan(50 * blockSize * 1.25);
    await Promise.all(readings.map((reading) => reading.return?.()));
  });
});
