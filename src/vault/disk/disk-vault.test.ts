import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, newFolder, nothing, openFiles, openRecorded, removeFolders } from '../testing/recording-fs.ts';
import { collect, keysOf, newKey, putInChunks, sample } from '../testing/samples.ts';
import { vaultSuite } from '../testing/suite/suite.ts';
import { openDiskVault } from './disk-vault.ts';
import { type DiskOperations, nodeOperations } from './fs-operations.ts';

afterEach(removeFolders);

vaultSuite('the disk vault', async () => {
  const folder = await newFolder();
  return {
    vault: await openDiskVault(folder),
    damage: async (key, change) => {
      const path = join(folder, 'gifts', key.slice(0, 2), key);
      const changed = change(await readFile(path));
      if (changed === undefined) await rm(path);
      else await writeFile(path, changed);
    },
    close: async () => {},
  };
});

describe('put', () => {
  it('writes in the order that survives a power cut (R1)', async () => {
    const { vault, calls, listen } = await openRecorded();
    const key = `ab${newKey().slice(2)}`;
    listen();
    await putInChunks(vault, key);
    const incoming = join('incoming', key);
    const shard = join('gifts', 'ab');
    expect(calls).toEqual([
      ['open', incoming],
      ['stat', join(shard, key)],
      ['write', incoming],
      ['write', incoming],
      ['write', incoming],
      ['fsync', incoming],
      ['close', incoming],
      ['rename', incoming, join(shard, key)],
      ['open', shard],
      ['fsync', shard],
      ['close', shard],
    ]);
  });

  it('completes short writes', async () => {
    const folder = await newFolder();
    const write: DiskOperations['write'] = (file, bytes) => nodeOperations.write(file, bytes.subarray(0, 7));
    const vault = await openDiskVault(folder, { write });
    const key = newKey();
    const stored = await putInChunks(vault, key);
    const read = await collect(vault.read(key, stored, { start: 0, end: stored.size }));
    expect(read.equals(sample(3000))).toBe(true);
  });

  it('fails if the disk writes no bytes', async () => {
    const vault = await openDiskVault(await newFolder(), { write: async () => 0 });
    await expect(putInChunks(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
  });

  const failures = {
    ENOSPC: 'storage-full',
    EDQUOT: 'storage-full',
    EIO: 'storage-failing',
    EMFILE: 'storage-failing',
    EROFS: 'storage-failing',
  };
  for (const [code, problem] of Object.entries(failures)) {
    it(`leaves nothing behind if any operation fails with ${code}`, async () => {
      const probe = await openRecorded();
      probe.listen();
      await putInChunks(probe.vault, newKey());
      for (const index of probe.calls.keys()) {
        const { folder, vault, residue, listen, calls } = await openRecorded();
        const cause = failure(code);
        listen((at) => {
          if (at === index) throw cause;
        });
        const key = newKey();
        // The last operation closes the folder, which was only synced: its failure is ignored.
        if (index === probe.calls.length - 1) {
          await putInChunks(vault, key);
          expect(await openFiles(folder)).toEqual([]);
          continue;
        }
        const error = await putInChunks(vault, key).catch((error) => error);
        expect(error, `operation ${index}`).toMatchObject({ code: problem, cause });
        expect(await residue(), `operation ${index}`).toEqual(nothing);
        expect(
          calls.filter(([operation, path]) => operation === 'fsync' && path?.startsWith('incoming')),
          'fsync is never retried',
        ).toHaveLength(index < 5 ? 0 : 1);
      }
    }, 60_000);
  }

  it('stops reading the source if the disk is full', async () => {
    const { vault, residue, listen } = await openRecorded();
    listen((_, [operation]) => {
      if (operation === 'write') throw failure('ENOSPC');
    });
    let ended = false;
    const endless = async function* () {
      try {
        for (;;) yield sample(10);
      } finally {
        ended = true;
      }
    };
    await expect(vault.put(newKey(), endless())).rejects.toMatchObject({ code: 'storage-full' });
    expect(ended).toBe(true);
    expect(await residue()).toEqual(nothing);
  });

  it('throws the first error if the cleanup fails too, and the sweep removes the rest', async () => {
    const { vault, residue, listen } = await openRecorded();
    const cause = failure('ENOSPC');
    listen((_, [operation]) => {
      if (operation === 'fsync') throw cause;
      if (operation === 'unlink') throw failure('EROFS');
    });
    await expect(putInChunks(vault, newKey())).rejects.toMatchObject({
      code: 'storage-full',
      cause,
    });
    listen();
    expect((await residue()).incoming).toHaveLength(1);
    expect(await vault.sweep(Date.now() + 1000, 0)).toBe(1);
  });

  it('throws an error of the source unchanged, also one with the code of a disk error', async () => {
    const { vault, residue } = await openRecorded();
    const theirs = failure('EIO');
    const source = async function* () {
      yield sample(10);
      throw theirs;
    };
    await expect(vault.put(newKey(), source())).rejects.toBe(theirs);
    expect(await residue()).toEqual(nothing);
    await vault.check();
  });
});

describe('after EIO on a write', () => {
  for (const operation of ['write', 'fsync', 'rename'] as const) {
    it(`(${operation}) puts fail until a restart, but reads succeed`, async () => {
      const { folder, vault, listen } = await openRecorded();
      const key = newKey();
      const stored = await putInChunks(vault, key);
      let broken = true;
      listen((_, [name]) => {
        if (broken && name === operation) throw failure('EIO');
      });
      await expect(putInChunks(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
      broken = false;
      await expect(vault.check()).rejects.toMatchObject({ code: 'storage-failing' });
      await expect(putInChunks(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
      const read = await collect(vault.read(key, stored, { start: 0, end: stored.size }));
      expect(read.equals(sample(3000))).toBe(true);
      const restarted = await openDiskVault(folder);
      await restarted.check();
      expect(await keysOf(restarted)).toEqual([key]);
    });
  }

  it('a put in progress is not acknowledged', async () => {
    const { vault, residue, listen } = await openRecorded();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = async function* () {
      yield sample(10);
      await promise;
    };
    const pending = vault.put(newKey(), slow()).catch((error) => error);
    let broken = true;
    listen((_, [name]) => {
      if (broken && name === 'fsync') throw failure('EIO');
    });
    await expect(putInChunks(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
    broken = false;
    resolve();
    expect(await pending).toMatchObject({ code: 'storage-failing' });
    expect(await residue()).toEqual(nothing);
  });

  it('a full disk recovers when there is room', async () => {
    const { vault, listen } = await openRecorded();
    let full = true;
    listen((_, [name]) => {
      if (full && name === 'write') throw failure('ENOSPC');
    });
    await expect(vault.check()).rejects.toMatchObject({ code: 'storage-full' });
    full = false;
    await vault.check();
    await putInChunks(vault, newKey());
  });
});

describe('setId', () => {
  it('writes in the order that survives a power cut', async () => {
    const { vault, calls, listen } = await openRecorded();
    listen();
    await vault.setId('a'.repeat(32));
    const incoming = calls[0]?.[1] ?? '';
    expect(incoming).toMatch(/^incoming\/id\.[0-9a-f]{16}$/);
    expect(calls).toEqual([
      ['open', incoming],
      ['write', incoming],
      ['fsync', incoming],
      ['close', incoming],
      ['rename', incoming, 'id'],
      ['open', ''],
      ['fsync', ''],
      ['close', ''],
    ]);
  });

  it('keeps the previous id if it cannot write', async () => {
    for (const name of ['open', 'write', 'fsync', 'close', 'rename'] as const) {
      const { vault, residue, listen } = await openRecorded();
      await vault.setId('a'.repeat(32));
      listen((_, [operation]) => {
        if (operation === name) throw failure('ENOSPC');
      });
      const other = vault.setId('b'.repeat(32));
      await expect(other).rejects.toMatchObject({ code: 'storage-full' });
      listen();
      expect(await vault.id()).toBe('a'.repeat(32));
      expect(await residue()).toEqual(nothing);
    }
  });

  it('distinguishes an unreadable id from a missing one', async () => {
    const { vault, listen } = await openRecorded();
    await vault.setId('a'.repeat(32));
    for (const name of ['open', 'read'] as const) {
      listen((_, [operation]) => {
        if (operation === name) throw failure('EIO');
      });
      await expect(vault.id()).rejects.toMatchObject({ code: 'storage-failing' });
    }
    listen();
    expect(await vault.id()).toBe('a'.repeat(32));
  });
});

describe('remove', () => {
  it('throws if the file cannot be removed', async () => {
    const { vault, listen } = await openRecorded();
    const key = newKey();
    await putInChunks(vault, key);
    listen((_, [name]) => {
      if (name === 'unlink') throw failure('EROFS');
    });
    await expect(vault.remove(key)).rejects.toMatchObject({ code: 'storage-failing' });
  });
});
