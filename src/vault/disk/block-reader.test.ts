import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, newFolder, openFiles, openRecorded, removeFolders } from '../testing/recording-fs.ts';
import { chunks, collect, keysOf, newKey, putInChunks, sample } from '../testing/samples.ts';
import { blockSize } from '../vault.ts';
import { maxPoolSize } from './buffer-pool.ts';
import { openDiskVault } from './disk-vault.ts';
import { type DiskOperations, nodeOperations } from './fs-operations.ts';

afterEach(removeFolders);

describe('reading', () => {
  async function store(size: number) {
    const opened = await openRecorded();
    const key = newKey();
    const stored = await opened.vault.put(key, chunks(sample(size)));
    return { ...opened, key, stored, whole: { start: 0, end: size } };
  }

  it('closes the file when the consumer stops early, and after an error', async () => {
    const { folder, vault, key, stored, whole, listen } = await store(3 * blockSize);
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

  it('reads only the blocks of the span', async () => {
    const { vault, key, stored, calls, listen } = await store(5 * blockSize);
    listen();
    const span = { start: 2 * blockSize - 1, end: 2 * blockSize + 1 };
    expect(await collect(vault.read(key, stored, span))).toHaveLength(2);
    expect(calls.map(([name]) => name)).toEqual(['open', 'size', 'read', 'read', 'close']);
  });

  it('completes short reads', async () => {
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

  it('reports damage if the file shrinks meanwhile', async () => {
    const folder = await newFolder();
    const vault = await openDiskVault(folder, { read: async () => 0 });
    const key = newKey();
    const stored = await putInChunks(vault, key);
    const reading = collect(vault.read(key, stored, { start: 0, end: stored.size }));
    await expect(reading).rejects.toMatchObject({ code: 'gift-damaged' });
  });

  for (const [operation, code] of [
    ['open', 'EMFILE'],
    ['open', 'EIO'],
    ['size', 'EIO'],
    ['read', 'EIO'],
  ] as const) {
    it(`reports a failing storage, not damage, for ${code} at ${operation}`, async () => {
      const { vault, key, stored, whole, listen } = await store(10);
      listen((_, [name]) => {
        if (name === operation) throw failure(code);
      });
      const reading = collect(vault.read(key, stored, whole));
      await expect(reading).rejects.toMatchObject({ code: 'storage-failing' });
      listen();
      await vault.check();
    });
  }

  it('reports a failing storage, not damage, if the folder is missing', async () => {
    const { folder, vault, key, stored, whole } = await store(10);
    await rm(join(folder, 'gifts'), { recursive: true });
    const reading = collect(vault.read(key, stored, whole));
    await expect(reading).rejects.toMatchObject({ code: 'storage-failing' });
    await expect(keysOf(vault)).rejects.toMatchObject({ code: 'storage-failing' });
  });

  it('reads ahead for a fast consumer', async () => {
    const { vault, key, stored, whole, calls, listen } = await store(20 * blockSize + 5);
    listen();
    const read = await collect(vault.read(key, stored, whole));
    expect(read.equals(sample(stored.size))).toBe(true);
    expect(calls.filter(([name]) => name === 'read').length).toBeLessThan(20);
  });

  it('never reuses the chunk of an aborted consumer, which may still be sending it', async () => {
    const { vault, key, stored, whole } = await store(30 * blockSize);
    const other = newKey();
    const zeros = await vault.put(other, chunks(new Uint8Array(30 * blockSize)));
    const reading = vault.read(key, stored, whole)[Symbol.asyncIterator]();
    let at = 0;
    let chunk = new Uint8Array();
    while (chunk.byteLength <= blockSize) {
      at += chunk.byteLength;
      ({ value: chunk } = await reading.next());
    }
    await reading.return?.();
    await collect(vault.read(other, zeros, whole));
    expect(Buffer.from(chunk).equals(sample(stored.size).subarray(at, at + chunk.length))).toBe(true);
  });

  it('returns its buffers to the pool, also after damage', async () => {
    const folder = await newFolder();
    const vault = await openDiskVault(folder);
    const key = newKey();
    const stored = await vault.put(key, chunks(sample(30 * blockSize)));
    for (let count = 0; count < 40; count += 1) {
      const checks = stored.checks.slice();
      // A damaged block late in the file: earlier blocks are still yielded.
      checks[4 * (count % 30)] = (checks[4 * (count % 30)] ?? 0) ^ 1;
      const whole = { start: 0, end: stored.size };
      await collect(vault.read(key, { ...stored, checks }, whole)).catch(() => undefined);
    }
    let largest = 0;
    for await (const chunk of vault.read(key, stored, { start: 0, end: stored.size }))
      largest = Math.max(largest, chunk.byteLength);
    expect(largest).toBeGreaterThan(blockSize);
  });

  it('waits for pending reads before it closes the file', async () => {
    const folder = await newFolder();
    let pending = 0;
    const vault = await openDiskVault(folder, {
      read: async (file, into, position) => {
        pending += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        const count = await nodeOperations.read(file, into, position);
        pending -= 1;
        return count;
      },
      close: async (file) => {
        expect(pending).toBe(0);
        await nodeOperations.close(file);
      },
    });
    const key = newKey();
    const stored = await vault.put(key, chunks(sample(30 * blockSize)));
    for (const count of [1, 2, 3, 4]) {
      const reading = vault.read(key, stored, { start: 0, end: stored.size })[Symbol.asyncIterator]();
      for (let chunk = 0; chunk < count; chunk += 1) await reading.next();
      await reading.return?.();
      expect(await openFiles(folder)).toEqual([]);
    }
  });

  it('uses one block of memory per reader besides the pool', async () => {
    const { vault, key, stored, whole } = await store(8 * blockSize);
    const before = process.memoryUsage().arrayBuffers;
    const readings = Array.from({ length: 50 }, () => vault.read(key, stored, whole)[Symbol.asyncIterator]());
    for (let block = 0; block < 7; block += 1) {
      await Promise.all(readings.map((reading) => reading.next()));
    }
    const used = process.memoryUsage().arrayBuffers - before;
    expect(used).toBeLessThan(50 * blockSize * 1.25 + maxPoolSize);
    await Promise.all(readings.map((reading) => reading.return?.()));
  });
});
