import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, newFolder, openRecorded, recorded, removeFolders } from '../testing/recording-fs.ts';
import { keysOf, newKey, putInChunks, sample } from '../testing/samples.ts';
import { openDiskVault } from './disk-vault.ts';

afterEach(removeFolders);

describe('the folder of a vault', () => {
  it('is synced with its parents before the first gift', async () => {
    const folder = await newFolder();
    const { operations, calls, listen } = recorded(folder);
    listen();
    await openDiskVault(join(folder, 'data', 'vault'), operations);
    const synced = calls.filter(([name]) => name === 'fsync').map(([, path]) => path);
    const vault = join('data', 'vault');
    expect(synced).toEqual([join(vault, 'gifts'), vault, 'data', '']);
    const lastCreated = calls.findLastIndex(([name]) => name === 'mkdir');
    expect(calls.findIndex(([name]) => name === 'fsync')).toBeGreaterThan(lastCreated);
    expect(await readdir(join(folder, vault, 'gifts'))).toHaveLength(256);
  });

  it('reopens with its gifts, and ignores foreign files', async () => {
    const folder = await newFolder();
    const key = `ab${newKey().slice(2)}`;
    await putInChunks(await openDiskVault(folder), key);
    await writeFile(join(folder, 'gifts', 'ab', 'notes.txt'), 'mine');
    await writeFile(join(folder, 'gifts', 'ab', `cd${key.slice(2)}`), 'in the wrong shard');
    expect(await keysOf(await openDiskVault(folder))).toEqual([key]);
  });

  it('keeps young files in a sweep', async () => {
    const folder = await newFolder();
    const vault = await openDiskVault(folder);
    const now = Date.now();
    const hour = 3_600_000;
    for (const [name, age] of [
      ['old', 2 * hour],
      ['young', hour / 2],
      ['probe.old', 2 * hour],
    ] as const) {
      const path = join(folder, 'incoming', name);
      await writeFile(path, name);
      await utimes(path, (now - age) / 1000, (now - age) / 1000);
    }
    expect(await vault.sweep(now, hour)).toBe(2);
    expect(await readdir(join(folder, 'incoming'))).toEqual(['young']);
  });

  it('keeps files that are being written in a sweep, even if the clock jumps', async () => {
    const folder = await newFolder();
    const vault = await openDiskVault(folder);
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = async function* () {
      yield sample(10);
      await promise;
    };
    const put = vault.put(newKey(), slow());
    await expect.poll(() => readdir(join(folder, 'incoming'))).toHaveLength(1);
    expect(await vault.sweep(Date.now() + 365 * 86_400_000, 3_600_000)).toBe(0);
    resolve();
    await put;
  });

  it('cannot be opened if a file has its name', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'gifts'));
    await writeFile(join(folder, 'gifts', '00'), '');
    await expect(openDiskVault(folder)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('is never listed incompletely after a disk error', async () => {
    const { vault, listen } = await openRecorded();
    await putInChunks(vault, newKey());
    for (const operation of ['readdir', 'stat']) {
      listen((_, [name]) => {
        if (name === operation) throw failure('EIO');
      });
      await expect(keysOf(vault)).rejects.toMatchObject({ code: 'storage-failing' });
    }
  });
});
