/** Binding a real vault to a real ledger. */
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteLedger } from '../ledger/create-ledger.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { givePlain } from '../ledger/testing/samples.ts';
import { openDiskVault } from '../vault/disk/disk-vault.ts';
import { newFolder, removeFolders } from '../vault/testing/recording-fs.ts';
import { chunks, newKey, sample } from '../vault/testing/samples.ts';
import type { Vault } from '../vault/vault.ts';
import {
  adoptVault,
  assertBound,
  bindVault,
  ForeignVault,
  type LedgerAndVault,
} from './vault-binding.ts';

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
const own = (other: Partial<LedgerAndVault> = {}) => bindVault(pair(other));

/** Adds one file that the ledger knows. */
async function give(): Promise<string> {
  const key = newKey();
  await vault.put(key, chunks(sample(10)));
  await givePlain(ledger, { key });
  return key;
}

/** Removes the ids, as in a ledger and a vault from before there were ids. */
async function forget(): Promise<void> {
  const database = new Database(join(folder, 'ledger.db'));
  database.exec('delete from vault');
  database.close();
  await rm(join(folder, 'vault', 'id'), { force: true });
}

describe('a vault and its ledger', () => {
  it('get an id in common, and keep it', async () => {
    const id = await own();
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await readFile(join(folder, 'vault', 'id'), 'utf8')).toBe(id);
    await give();
    expect(await own()).toBe(id);
    await assertBound(vault, id);
  });

  it('get one id, however many begin at once', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => own()));
    expect(new Set(ids)).toEqual(new Set([await vault.id()]));
  });

  it('get it in the end when a start is cut off in between', async () => {
    const cut = new Error('cut');
    const before = { ...vaultWith(), setId: () => Promise.reject(cut) };
    await expect(own({ vault: before })).rejects.toBe(cut);
    const after = {
      ...vaultWith(),
      setId: async (id: string) => {
        await vault.setId(id);
        throw cut;
      },
    };
    await expect(own({ vault: after })).rejects.toBe(cut);
    await give();
    const id = await own();
    expect(await vault.id()).toBe(id);
    expect(await ledger.proposeVault('another')).toEqual({ id, isBound: true });
  });

  it('from before there were ids get one, when the vault holds what the ledger knows', async () => {
    await own();
    for (const _ of Array(3)) await give();
    await forget();
    const lost = await give();
    await vault.remove(lost);
    await assertBound(vault, await own());
  });

  it('whose ledger is from before there were ids take the id of the vault', async () => {
    const id = await own();
    await give();
    await forget();
    await writeFile(join(folder, 'vault', 'id'), id);
    expect(await own()).toBe(id);
  });
});

/** The methods of a vault as a plain object. */
const vaultWith = (): LedgerAndVault['vault'] => ({
  id: () => vault.id(),
  setId: (id) => vault.setId(id),
  shards: () => vault.shards(),
});

describe('refused is', () => {
  async function expectRefused(why: RegExp, other: Partial<LedgerAndVault> = {}): Promise<void> {
    const before = await vault.id();
    for (const _ of [1, 2]) {
      const refused = await own(other).catch((error) => error);
      expect(refused).toBeInstanceOf(ForeignVault);
      expect(refused.message).toMatch(why);
    }
    expect(await vault.id()).toBe(before);
  }

  it('a vault without an id, when the ledger knows one', async () => {
    await own();
    await rm(join(folder, 'vault'), { recursive: true });
    vault = await openDiskVault(join(folder, 'vault'));
    await expectRefused(/it has no id$/);
  });

  it('a vault with an id of another', async () => {
    await own();
    await vault.setId('f'.repeat(32));
    await expectRefused(/another's id$/);
  });

  it('a full vault, when the ledger begins anew', async () => {
    await own();
    await give();
    const anew = await openLedger('anew.db');
    await expectRefused(/^it holds files, and none that the ledger knows$/, { ledger: anew });
    await rm(join(folder, 'vault', 'id'));
    await expectRefused(/^it holds files/, { ledger: anew });
  });

  it('an empty vault, when the ledger knows files, also from before there were ids', async () => {
    await own();
    await vault.remove(await give());
    await forget();
    await expectRefused(/^it holds nothing of what the ledger knows$/);
  });

  it('nothing that only looked wrong while another process was faster', async () => {
    const slow = {
      ...vaultWith(),
      shards: async function* () {
        await own();
        await give();
        // The state before.
        for (let shard = 0; shard < 256; shard += 1)
          yield { shard: shard.toString(16).padStart(2, '0'), keys: new Map() };
      },
    };
    await assertBound(vault, await own({ vault: slow }));
  });
});

it('an empty vault goes to who asks last, and who had it before is told', async () => {
  const id = await own();
  const other = await openLedger('other.db');
  const newId = await own({ ledger: other });
  expect(newId).not.toBe(id);
  await expect(assertBound(vault, id)).rejects.toBeInstanceOf(ForeignVault);
  await expect(own()).rejects.toBeInstanceOf(ForeignVault);
});

it('who says so gets a vault as it is, under a new id', async () => {
  const id = await own();
  await give();
  const anew = await openLedger('anew.db');
  await expect(own({ ledger: anew })).rejects.toBeInstanceOf(ForeignVault);
  const adopted = await adoptVault(pair({ ledger: anew }));
  expect(await own({ ledger: anew })).toBe(adopted);
  await expect(assertBound(vault, id)).rejects.toBeInstanceOf(ForeignVault);
});
