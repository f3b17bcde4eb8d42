import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { corruptAtRest } from '../../../test/setup/corrupt-bytes.ts';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { chunks, collect, keysOf, newKey, putInChunks, sample } from '../testing/samples.ts';
import { vaultSuite } from '../testing/suite/suite.ts';
import type { Vault } from '../vault.ts';
import { findLayeredVault, maxSmallFileSize, openLayeredVault, openSharedVault } from './layered-vault.ts';

const closing: Vault[] = [];
const opened = async (vault: Promise<Vault>) => {
  closing.push(await vault);
  return vault;
};

afterEach(async () => {
  for (const vault of closing.splice(0)) await vault.close();
  await removeFolders();
});

/** Runs a query as another program would. */
function query<T>(folder: string, work: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'small.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Size of the database with many gifts, and after their removal and a sweep. */
async function sizesAfterSweep(folder: string): Promise<{ full: number; swept: number }> {
  const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
  const keys = Array.from({ length: 1_500 }, newKey);
  await Promise.all(keys.map((key) => vault.put(key, chunks(sample(40_000), [40_000]))));
  const size = () => {
    query(folder, (database) => database.pragma('wal_checkpoint(TRUNCATE)'));
    return statSync(join(folder, 'small.db')).size;
  };
  const full = size();
  await Promise.all(keys.map((key) => vault.remove(key)));
  await vault.sweep(Date.now(), 1_000);
  return { full, swept: size() };
}

const storedKeys = (folder: string) =>
  query(folder, (database) => database.prepare('select key from small').pluck().all());

vaultSuite('the layered vault', async () => {
  const folder = await newFolder();
  const vault = await openLayeredVault(folder, maxSmallFileSize);
  return {
    vault,
    damage: (key, change) => corruptAtRest(folder, key, change),
    close: () => vault.close(),
  };
});

describe('the store of small files', () => {
  it('contains files up to the limit only', async () => {
    const folder = await newFolder();
    const vault = await opened(openLayeredVault(folder, 1_000));
    const keys: string[] = [];
    for (const size of [0, 1, 1_000, 1_001, 200_000]) {
      const key = newKey();
      await vault.put(key, chunks(sample(size), [400]));
      keys.push(key);
    }
    expect(storedKeys(folder).sort()).toEqual(keys.slice(0, 3).sort());
    for (const key of keys.slice(3)) expect(existsSync(join(folder, 'gifts', key.slice(0, 2), key))).toBe(true);
    expect(await keysOf(vault)).toEqual([...keys].sort());
  });

  it('is unused if the limit is 0', async () => {
    const folder = await newFolder();
    const vault = await opened(openLayeredVault(folder, 0));
    await putInChunks(vault, newKey());
    expect(storedKeys(folder)).toEqual([]);
  });

  it('is read by a vault that adds nothing to it', async () => {
    const folder = await newFolder();
    const first = await openLayeredVault(folder, maxSmallFileSize);
    const [key, other] = [newKey(), newKey()];
    const stored = await putInChunks(first, key);
    await first.close();
    const shared = await opened(openSharedVault(folder));
    const span = { start: 0, end: stored.size };
    expect((await collect(shared.read(key, stored, span))).equals(sample(stored.size))).toBe(true);
    await putInChunks(shared, other);
    expect(storedKeys(folder)).toEqual([key]);
    expect(await keysOf(shared)).toEqual([key, other].sort());
    await shared.remove(key);
    expect(await keysOf(shared)).toEqual([other]);
  });

  it('is a known entry of the vault, and not created by inspection', async () => {
    const folder = await newFolder();
    const shared = await opened(openSharedVault(folder));
    expect(existsSync(join(folder, 'small.db'))).toBe(false);
    await shared.close();
    closing.splice(0);
    const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
    await putInChunks(vault, newKey());
    const found = await findLayeredVault(folder, true);
    if (!found) throw new Error('there is a vault');
    closing.push(found);
    for await (const { name } of found.unknownEntries()) expect.unreachable(name);
  });

  it('can be shared by processes', async () => {
    const folder = await newFolder();
    const vaults = [
      await opened(openLayeredVault(folder, maxSmallFileSize)),
      await opened(openLayeredVault(folder, maxSmallFileSize)),
    ];
    const keys = Array.from({ length: 200 }, newKey);
    await Promise.all(keys.map((key, n) => putInChunks(vaults[n % 2] as Vault, key)));
    for (const vault of vaults) expect(await keysOf(vault)).toEqual([...keys].sort());
    await Promise.all(keys.map((key, n) => (vaults[(n + 1) % 2] as Vault).remove(key)));
    for (const vault of vaults) expect(await keysOf(vault)).toEqual([]);
  });

  it('uses a write-ahead log, which is synced', async () => {
    const folder = await newFolder();
    await opened(openLayeredVault(folder, maxSmallFileSize));
    expect(query(folder, (database) => database.pragma('journal_mode', { simple: true }))).toBe('wal');
  });

  it('waits for another process that is creating it', async () => {
    const folder = await newFolder();
    const other = new Database(join(folder, 'small.db'));
    other.exec('begin exclusive');
    setTimeout(() => other.exec('rollback').close(), 100);
    const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
    await putInChunks(vault, newKey());
    expect(storedKeys(folder)).toHaveLength(1);
  });

  it('releases unused pages', async () => {
    const folder = await newFolder();
    const { full, swept } = await sizesAfterSweep(folder);
    expect(swept).toBeLessThan(full / 2);
  });

  it('tolerates a file without auto_vacuum', async () => {
    const folder = await newFolder();
    query(folder, (database) => {
      // For example a restored backup.
      database.pragma('auto_vacuum = NONE');
      database.exec('create table other (one integer)');
    });
    const { full, swept } = await sizesAfterSweep(folder);
    expect(swept).toBe(full);
  });

  it('removes the probe of a process that died during a check', async () => {
    const folder = await newFolder();
    const first = await openLayeredVault(folder, maxSmallFileSize);
    await putInChunks(first, newKey());
    query(folder, (database) => database.exec("insert into small (key, kept_at, bytes) values ('probe.1a', 0, x'00')"));
    await first.close();
    await opened(openLayeredVault(folder, maxSmallFileSize));
    expect(storedKeys(folder)).toHaveLength(1);
  });

  it('rejects only the put whose key exists', async () => {
    const folder = await newFolder();
    const vault = await opened(openLayeredVault(folder, maxSmallFileSize));
    const key = newKey();
    await putInChunks(vault, key);
    const others = Array.from({ length: 20 }, newKey);
    const outcomes = await Promise.allSettled([key, ...others].map((one) => vault.put(one, chunks(sample(10), [10]))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', ...others.map(() => 'fulfilled')]);
  });
});
