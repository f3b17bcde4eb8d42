import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  failure,
  newFolder,
  nothing,
  openFiles,
  openRecorded,
  removeFolders,
} from '../testing/recording-fs.ts';
import { collect, give, keysOf, newKey, sample } from '../testing/samples.ts';
import { vaultSuite } from '../testing/suite.ts';
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

describe('a give', () => {
  it('goes through the disk in the order that survives a power cut', async () => {
    const { vault, calls, listen } = await openRecorded();
    const key = `ab${newKey().slice(2)}`;
    listen();
    await give(vault, key);
    const coming = join('incoming', key);
    const shard = join('gifts', 'ab');
    expect(calls).toEqual([
      ['open', coming],
      ['stat', join(shard, key)],
      ['write', coming],
      ['write', coming],
      ['write', coming],
      ['fsync', coming],
      ['close', coming],
      ['rename', coming, join(shard, key)],
      ['open', shard],
      ['fsync', shard],
      ['close', shard],
    ]);
  });

  it('is whole when the disk takes only a few bytes at a time', async () => {
    const folder = await newFolder();
    const write: DiskOperations['write'] = (file, bytes) =>
      nodeOperations.write(file, bytes.subarray(0, 7));
    const vault = await openDiskVault(folder, { write });
    const key = newKey();
    const stored = await give(vault, key);
    const read = await collect(vault.read(key, stored, { start: 0, end: stored.size }));
    expect(read.equals(sample(3000))).toBe(true);
  });

  it('fails when the disk takes nothing', async () => {
    const vault = await openDiskVault(await newFolder(), { write: async () => 0 });
    await expect(give(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
  });

  const failures = {
    ENOSPC: 'storage-full',
    EDQUOT: 'storage-full',
    EIO: 'storage-failing',
    EMFILE: 'storage-failing',
    EROFS: 'storage-failing',
  };
  for (const [code, problem] of Object.entries(failures)) {
    it(`leaves nothing when any one operation fails with ${code}`, async () => {
      const probe = await openRecorded();
      probe.listen();
      await give(probe.vault, newKey());
      for (const index of probe.calls.keys()) {
        const { folder, vault, residue, listen, calls } = await openRecorded();
        const cause = failure(code);
        listen((at) => {
          if (at === index) throw cause;
        });
        const key = newKey();
        // Nothing was written through a folder's descriptor, so its close (the last operation) may fail.
        if (index === probe.calls.length - 1) {
          await give(vault, key);
          expect(await openFiles(folder)).toEqual([]);
          continue;
        }
        const error = await give(vault, key).catch((error) => error);
        expect(error, `operation ${index}`).toMatchObject({ code: problem, cause });
        expect(await residue(), `operation ${index}`).toEqual(nothing);
        expect(
          calls.filter(
            ([operation, path]) => operation === 'fsync' && path?.startsWith('incoming'),
          ),
          'an fsync is not tried again',
        ).toHaveLength(index < 5 ? 0 : 1);
      }
    }, 60_000);
  }

  it('does not wait for the source to end when the disk is full', async () => {
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

  it('tells the first error even when clearing up fails too, and leaves the rest to the sweep', async () => {
    const { vault, residue, listen } = await openRecorded();
    const cause = failure('ENOSPC');
    listen((_, [operation]) => {
      if (operation === 'fsync') throw cause;
      if (operation === 'unlink') throw failure('EROFS');
    });
    await expect(give(vault, newKey())).rejects.toMatchObject({ code: 'storage-full', cause });
    listen();
    expect((await residue()).coming).toHaveLength(1);
    expect(await vault.sweep(Date.now() + 1000, 0)).toBe(1);
  });

  it('passes an error of the source on, also one that looks like the disk’s', async () => {
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
    it(`(${operation}) nothing more is kept until a restart, but gifts are given out`, async () => {
      const { folder, vault, listen } = await openRecorded();
      const key = newKey();
      const stored = await give(vault, key);
      let broken = true;
      listen((_, [name]) => {
        if (broken && name === operation) throw failure('EIO');
      });
      await expect(give(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
      broken = false;
      await expect(vault.check()).rejects.toMatchObject({ code: 'storage-failing' });
      await expect(give(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
      const read = await collect(vault.read(key, stored, { start: 0, end: stored.size }));
      expect(read.equals(sample(3000))).toBe(true);
      const restarted = await openDiskVault(folder);
      await restarted.check();
      expect(await keysOf(restarted)).toEqual([key]);
    });
  }

  it('a give that was under way is not acknowledged', async () => {
    const { vault, residue, listen } = await openRecorded();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = async function* () {
      yield sample(10);
      await promise;
    };
    const under = vault.put(newKey(), slow()).catch((error) => error);
    let broken = true;
    listen((_, [name]) => {
      if (broken && name === 'fsync') throw failure('EIO');
    });
    await expect(give(vault, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
    broken = false;
    resolve();
    expect(await under).toMatchObject({ code: 'storage-failing' });
    expect(await residue()).toEqual(nothing);
  });

  it('but a full disk is trusted as soon as there is room', async () => {
    const { vault, listen } = await openRecorded();
    let full = true;
    listen((_, [name]) => {
      if (full && name === 'write') throw failure('ENOSPC');
    });
    await expect(vault.check()).rejects.toMatchObject({ code: 'storage-full' });
    full = false;
    await vault.check();
    await give(vault, newKey());
  });
});

describe('an id', () => {
  it('is written in the order that survives a power cut', async () => {
    const { vault, calls, listen } = await openRecorded();
    listen();
    await vault.setId('a'.repeat(32));
    const coming = calls[0]?.[1] ?? '';
    expect(coming).toMatch(/^incoming\/id\.[0-9a-f]{16}$/);
    expect(calls).toEqual([
      ['open', coming],
      ['write', coming],
      ['fsync', coming],
      ['close', coming],
      ['rename', coming, 'id'],
      ['open', ''],
      ['fsync', ''],
      ['close', ''],
    ]);
  });

  it('stays what it was when it cannot be written', async () => {
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

  it('is never taken for none when it cannot be read', async () => {
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

describe('a removal', () => {
  it('says so when the disk refuses', async () => {
    const { vault, listen } = await openRecorded();
    const key = newKey();
    await give(vault, key);
    listen((_, [name]) => {
      if (name === 'unlink') throw failure('EROFS');
    });
    await expect(vault.remove(key)).rejects.toMatchObject({ code: 'storage-failing' });
  });
});
