import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { corruptAtRest } from '../../../test/setup/corrupt-bytes.ts';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { chunks, collect, give, keysOf, newKey, sample } from '../testing/samples.ts';
import { vaultSuite } from '../testing/suite.ts';
import type { Vault } from '../vault.ts';
import {
  findLayeredVault,
  maxSmallFileSize,
  openLayeredVault,
  openSharedVault,
} from './layered-vault.ts';

const closing: Vault[] = [];
const opened = async (vault: Promise<Vault>) => {
  closing.push(await vault);
  return vault;
};

afterEach(async () => {
  for (const vault of closing.splice(0)) await vault.close();
  await removeFolders();
});

/** What another program sees of the bundle. */
function look<T>(folder: string, work: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'small.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** How large the bundle is with many gifts, and when they are gone and it was swept. */
async function emptied(folder: string): Promise<{ full: number; swept: number }> {
  const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
  const keys = Array.from({ length: 1_500 }, newKey);
  await Promise.all(keys.map((key) => vault.put(key, chunks(sample(40_000), [40_000]))));
  const size = () => {
    look(folder, (database) => database.pragma('wal_checkpoint(TRUNCATE)'));
    return statSync(join(folder, 'small.db')).size;
  };
  const full = size();
  await Promise.all(keys.map((key) => vault.remove(key)));
  await vault.sweep(Date.now(), 1_000);
  return { full, swept: size() };
}

const bundledKeys = (folder: string) =>
  look(folder, (database) => database.prepare('select key from small').pluck().all());

vaultSuite('the disk vault with a bundle', async () => {
  const folder = await newFolder();
  const vault = await openLayeredVault(folder, maxSmallFileSize);
  return {
    vault,
    damage: (key, change) => corruptAtRest(folder, key, change),
    close: () => vault.close(),
  };
});

describe('a bundle', () => {
  it('holds what is small, and nothing else', async () => {
    const folder = await newFolder();
    const vault = await opened(openLayeredVault(folder, 1_000));
    const keys: string[] = [];
    for (const size of [0, 1, 1_000, 1_001, 200_000]) {
      const key = newKey();
      await vault.put(key, chunks(sample(size), [400]));
      keys.push(key);
    }
    expect(bundledKeys(folder).sort()).toEqual(keys.slice(0, 3).sort());
    for (const key of keys.slice(3))
      expect(existsSync(join(folder, 'gifts', key.slice(0, 2), key))).toBe(true);
    expect(await keysOf(vault)).toEqual([...keys].sort());
  });

  it('is not used when nothing counts as small', async () => {
    const folder = await newFolder();
    const vault = await opened(openLayeredVault(folder, 0));
    await give(vault, newKey());
    expect(bundledKeys(folder)).toEqual([]);
  });

  it('is found again, also by who puts nothing into it', async () => {
    const folder = await newFolder();
    const first = await openLayeredVault(folder, maxSmallFileSize);
    const [key, other] = [newKey(), newKey()];
    const stored = await give(first, key);
    await first.close();
    const shared = await opened(openSharedVault(folder));
    const span = { start: 0, end: stored.size };
    expect((await collect(shared.read(key, stored, span))).equals(sample(stored.size))).toBe(true);
    await give(shared, other);
    expect(bundledKeys(folder)).toEqual([key]);
    expect(await keysOf(shared)).toEqual([key, other].sort());
    await shared.remove(key);
    expect(await keysOf(shared)).toEqual([other]);
  });

  it('belongs to the vault: it is no oddment, and never made by who only looks', async () => {
    const folder = await newFolder();
    const shared = await opened(openSharedVault(folder));
    expect(existsSync(join(folder, 'small.db'))).toBe(false);
    await shared.close();
    closing.splice(0);
    const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
    await give(vault, newKey());
    const found = await findLayeredVault(folder);
    if (!found) throw new Error('there is a vault');
    closing.push(found);
    for await (const { name } of found.unknownEntries()) expect.unreachable(name);
  });

  it('is shared by several processes at once', async () => {
    const folder = await newFolder();
    const vaults = [
      await opened(openLayeredVault(folder, maxSmallFileSize)),
      await opened(openLayeredVault(folder, maxSmallFileSize)),
    ];
    const keys = Array.from({ length: 200 }, newKey);
    await Promise.all(keys.map((key, n) => give(vaults[n % 2] as Vault, key)));
    for (const vault of vaults) expect(await keysOf(vault)).toEqual([...keys].sort());
    await Promise.all(keys.map((key, n) => (vaults[(n + 1) % 2] as Vault).remove(key)));
    for (const vault of vaults) expect(await keysOf(vault)).toEqual([]);
  });

  it('syncs what is kept: the engine is asked for it, and says so', async () => {
    const folder = await newFolder();
    await opened(openLayeredVault(folder, maxSmallFileSize));
    expect(look(folder, (database) => database.pragma('journal_mode', { simple: true }))).toBe(
      'wal',
    );
  });

  it('waits for another process that is just making it', async () => {
    const folder = await newFolder();
    const other = new Database(join(folder, 'small.db'));
    other.exec('begin exclusive');
    setTimeout(() => other.exec('rollback').close(), 100);
    const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
    await give(vault, newKey());
    expect(bundledKeys(folder)).toHaveLength(1);
  });

  it('gives room back that nobody needs', async () => {
    const folder = await newFolder();
    const { full, swept } = await emptied(folder);
    expect(swept).toBeLessThan(full / 2);
  });

  it('is left alone when its file can give nothing back', async () => {
    const folder = await newFolder();
    look(folder, (database) => {
      // As of a backup that was put together by other means.
      database.pragma('auto_vacuum = NONE');
      database.exec('create table other (one integer)');
    });
    const { full, swept } = await emptied(folder);
    expect(swept).toBe(full);
  });

  it('keeps nothing of a process that died while it was looked whether it works', async () => {
    const folder = await newFolder();
    const first = await openLayeredVault(folder, maxSmallFileSize);
    await give(first, newKey());
    look(folder, (database) =>
      database.exec("insert into small (key, kept_at, bytes) values ('probe.1a', 0, x'00')"),
    );
    await first.close();
    await opened(openLayeredVault(folder, maxSmallFileSize));
    expect(bundledKeys(folder)).toHaveLength(1);
  });

  it('refuses no more than the one whose key is used', async () => {
    const folder = await newFolder();
    const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
    const key = newKey();
    await give(vault, key);
    const others = Array.from({ length: 20 }, newKey);
    const outcomes = await Promise.allSettled(
      [key, ...others].map((one) => vault.put(one, chunks(sample(10), [10]))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      ...others.map(() => 'fulfilled'),
    ]);
  });
});
