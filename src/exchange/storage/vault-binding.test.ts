/** Binding a real vault to a real ledger. */
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteLedger } from '../../ledger/create-ledger.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { givePlain } from '../../ledger/testing/samples.ts';
import { openDiskVault } from '../../vault/disk/disk-vault.ts';
import { newFolder, removeFolders } from '../../vault/testing/recording-fs.ts';
import { chunks, newKey, sample } from '../../vault/testing/samples.ts';
import type { Vault } from '../../vault/vault.ts';
import { adoptVault, assertBound, bindVault, ForeignVault, type LedgerAndVault } from './vault-binding.ts';

let folder: string;
let vault: Vault;
let ledger: Ledger;
const ledgers: Ledger[] = [];

async function openLedger(name: string): Promise<Ledger> {
  const opened = await openSqliteLedger(join(folder, name), () => 0);
  ledgers.push(opened);
  return opened;
}

beforeEach(async () => {
  folder = await newFolder();
  vault = await openDiskVault(join(folder, 'vault'));
  ledger = await openLedger('ledger.db');
});
afterEach(async () => {
  for (const opened of ledgers.splice(0)) await opened.close();
  await removeFolders();
});

const pair = (other: Partial<LedgerAndVault> = {}): LedgerAndVault => ({
  ledger,
  vault,
  randomBytes,
  ...other,
});
const bind = (other: Partial<LedgerAndVault> = {}) => bindVault(pair(other));

/** Adds one file that the ledger knows. */
async function give(): Promise<string> {
  const key = newKey();
  await vault.put(key, chunks(sample(10)));
  await givePlain(ledger, { key });
  return key;
}

/** Removes the ids, as in a ledger and a vault from before there were ids. */
async function removeIds(): Promise<void> {
  const database = new Database(join(folder, 'ledger.db'));
  database.exec('delete from vault');
  database.close();
  await rm(join(folder, 'vault', 'id'), { force: true });
}

describe('a vault and its ledger', () => {
  it('get a common id, and keep it', async () => {
    const id = await bind();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await readFile(join(folder, 'vault', 'id'), 'utf8')).toBe(id);
    await give();
    expect(await bind()).toBe(id);
    await assertBound(vault, id);
  });

  it('get one id when several processes start at once', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => bind()));
    expect(new Set(ids)).toEqual(new Set([await vault.id()]));
  });

  it('get their id at a later start when one is cut off', async () => {
    const cut = new Error('cut');
    const before = { ...vaultWith(), setId: () => Promise.reject(cut) };
    await expect(bind({ vault: before })).rejects.toBe(cut);
    const after = {
      ...vaultWith(),
      setId: async (id: string) => {
        await vault.setId(id);
        throw cut;
      },
    };
    await expect(bind({ vault: after })).rejects.toBe(cut);
    await give();
    const id = await bind();
    expect(await vault.id()).toBe(id);
    expect(await ledger.proposeVault('another')).toEqual({ id, isBound: true });
  });

  it('without ids get one when the vault holds the ledger’s files', async () => {
    await bind();
    for (const _ of Array(3)) await give();
    await removeIds();
    const lost = await give();
    await vault.remove(lost);
    await assertBound(vault, await bind());
  });

  it('take the id of the vault when the ledger has none', async () => {
    const id = await bind();
    await give();
    await removeIds();
    await writeFile(join(folder, 'vault', 'id'), id);
    expect(await bind()).toBe(id);
  });
});

/** The methods of a vault as a plain object. */
const vaultWith = (): LedgerAndVault['vault'] => ({
  id: () => vault.id(),
  setId: (id) => vault.setId(id),
  shards: () => vault.shards(),
  unboundFiles: () => vault.unboundFiles(),
});

describe('bindVault', () => {
  async function expectRejected(message: RegExp, other: Partial<LedgerAndVault> = {}): Promise<void> {
    const before = await vault.id();
    for (const _ of [1, 2]) {
      const error = await bind(other).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ForeignVault);
      expect(error.message).toMatch(message);
    }
    expect(await vault.id()).toBe(before);
  }

  it('rejects a vault without an id when the ledger has one', async () => {
    await bind();
    await rm(join(folder, 'vault'), { recursive: true });
    vault = await openDiskVault(join(folder, 'vault'));
    await expectRejected(/it has no id$/);
  });

  it('rejects a vault with the id of another ledger', async () => {
    await bind();
    await vault.setId('f'.repeat(32));
    await expectRejected(/another's id$/);
  });

  it('rejects a vault with files when the ledger is new', async () => {
    await bind();
    await give();
    const newLedger = await openLedger('new.db');
    await expectRejected(/^it holds files, and none that the ledger knows$/, { ledger: newLedger });
    await rm(join(folder, 'vault', 'id'));
    await expectRejected(/^it holds files/, { ledger: newLedger });
  });

  it('rejects an empty vault when the ledger has files, even without ids', async () => {
    await bind();
    await vault.remove(await give());
    await removeIds();
    await expectRejected(/^it holds nothing of what the ledger knows$/);
  });

  it('accepts a vault that another process binds meanwhile', async () => {
    const slow = {
      ...vaultWith(),
      shards: async function* () {
        await bind();
        await give();
        // The state before.
        for (let shard = 0; shard < 256; shard += 1)
          yield { shard: shard.toString(16).padStart(2, '0'), keys: new Map() };
      },
    };
    await assertBound(vault, await bind({ vault: slow }));
  });
});

it('binds an empty vault to the last ledger, and rejects the one before', async () => {
  const id = await bind();
  const other = await openLedger('other.db');
  const newId = await bind({ ledger: other });
  expect(newId).not.toBe(id);
  await expect(assertBound(vault, id)).rejects.toBeInstanceOf(ForeignVault);
  await expect(bind()).rejects.toBeInstanceOf(ForeignVault);
});

it('adopts a vault with files under a new id', async () => {
  const id = await bind();
  await give();
  const newLedger = await openLedger('new.db');
  await expect(bind({ ledger: newLedger })).rejects.toBeInstanceOf(ForeignVault);
  const adopted = await adoptVault(pair({ ledger: newLedger }));
  expect(await bind({ ledger: newLedger })).toBe(adopted);
  await expect(assertBound(vault, id)).rejects.toBeInstanceOf(ForeignVault);
});
