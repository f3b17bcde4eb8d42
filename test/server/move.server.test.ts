import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/ledger/engine/postgres/postgres.ts';
import { clearMove, openPostgresStore, openSqliteStore } from '../../src/ledger/transfer/raw-store.ts';
import { type MoveOptions, move, type Place } from '../../src/operations/move/move.ts';
import { maxSmallFileSize, openLayeredVault, openSharedVault } from '../../src/vault/small-files/layered-vault.ts';
import { corruptAtRest } from '../setup/corrupt-bytes.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`Moving to PostgreSQL is not tested: ${reason}.`);

let server: Postgres;
let folder: string;
let databases = 0;

beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-move-'));
  return () => rm(folder, { recursive: true });
});

async function newDatabase(): Promise<string> {
  const name = `moved_${++databases}`;
  const db = await openPostgres(server.url());
  await sql`create database ${sql.ref(name)}`.execute(db);
  await db.destroy();
  return server.url(name);
}

const vaultOf = (name: string) => join(folder, name, 'vault');
const vaultAt = (name: string) => openLayeredVault(vaultOf(name), maxSmallFileSize);

async function vaultsAt(name: string, database?: string) {
  const vault = database ? await openSharedVault(vaultOf(name)) : await vaultAt(name);
  return { vault, stored: vault, ring: undefined };
}

/** A location without a running service. */
async function placeAt(name: string, database?: string): Promise<Place> {
  await mkdir(join(folder, name), { recursive: true });
  return {
    name,
    store: database ? await openPostgresStore(database, false) : await openSqliteStore(join(folder, name, 'ledger.db')),
    ...(await vaultsAt(name, database)),
    lock: async () => () => undefined,
  };
}

const openAt = (name: string, database = ''): Promise<TestApp> =>
  openTestApp({ DATABASE_URL: database }, {}, join(folder, name));

/** An exchange in use: tickets open, waiting, drawn and spent, a free gift, and an unfinished delivery. */
async function live(app: TestApp) {
  const { client } = app;
  const give = (name: string, giver?: string) => client.give(fileOf(name, `content of ${name}`), { giver });
  const ada = await give('ada.txt');
  const ben = await give('ben.txt');
  const drawn = await client.draw(ada.ticket);
  const cleo = await give('cleo.txt');
  await app.upload('free.txt', 'free for all');
  return { ada, ben, cleo, drawn };
}

const quiet: MoveOptions = { report: () => undefined };

async function moveBetween(from: Place, to: Place, options = quiet) {
  try {
    return await move(from, to, options);
  } finally {
    await from.store.db.destroy();
    await to.store.db.destroy();
  }
}

describe.skipIf(reason !== undefined)('a move', () => {
  it('copies everything, there and back again, and leaves nothing that can be started', async () => {
    const old = await openAt('old');
    const { ada, ben, cleo, drawn } = await live(old);
    const before = await old.client.poolStats();
    await old.close();

    const database = await newDatabase();
    const moved = await moveBetween(await placeAt('old'), await placeAt('big', database));
    expect(moved).toMatchObject({ files: 4, damaged: [] });
    await expect(openAt('old')).rejects.toThrow('it was moved to big');

    const big = await openAt('big', database);
    expect(await big.client.poolStats()).toEqual({ ...before, hours: expect.anything() });
    expect((await big.running.context.ledger.audit()).faults).toEqual([]);
    const bytes = await big.client.fetchDelivery({ url: drawn?.url ?? '' });
    expect(await bytes.text()).toBe(`content of ${drawn?.name}`);
    for (const { ticket } of [ben, cleo]) expect(await big.client.draw(ticket)).toBeDefined();
    await big.client.give(fileOf('later.txt', 'given in the new place'));
    const after = await big.client.poolStats();
    await big.close();

    await moveBetween(await placeAt('big', database), await placeAt('home'));
    await expect(openAt('big', database)).rejects.toThrow('it was moved to home');
    const home = await openAt('home');
    expect(await home.client.poolStats()).toEqual({ ...after, hours: expect.anything() });
    expect((await home.running.context.ledger.audit()).faults).toEqual([]);
    expect(await home.client.ticket(ada.ticket)).toMatchObject({ state: 'spent' });
    await home.close();
  });

  it.each(['bytes', 'leaving', 'copied'] as const)(
    'that breaks off after "%s" goes on where it stopped, and never are two places open',
    async (step) => {
      const old = await openAt('old');
      await live(old);
      const before = await old.client.poolStats();
      await old.close();
      const database = await newDatabase();
      const cut: MoveOptions = {
        ...quiet,
        onStep: (now) => {
          if (now === step) throw new Error('cut');
        },
      };
      await expect(moveBetween(await placeAt('old'), await placeAt('big', database), cut)).rejects.toThrow('cut');

      const places = [() => openAt('old'), () => openAt('big', database)];
      const opened = await Promise.allSettled(places.map((open) => open()));
      const filled: number[] = [];
      for (const result of opened) {
        if (result.status === 'rejected') continue;
        filled.push((await result.value.client.poolStats()).file_count);
        await result.value.close();
      }
      expect(filled.filter((count) => count > 0).length).toBeLessThanOrEqual(1);

      await moveBetween(await placeAt('old'), await placeAt('big', database));
      await expect(openAt('old')).rejects.toThrow('it was moved to big');
      const big = await openAt('big', database);
      expect(await big.client.poolStats()).toEqual({ ...before, hours: expect.anything() });
      expect((await big.running.context.ledger.audit()).faults).toEqual([]);
      await big.close();
    },
  );

  it('names damaged gifts, and replaces wrong copies of an earlier attempt', async () => {
    const old = await openAt('old');
    await live(old);
    const [first, second] = await old.blobs();
    await old.close();
    await corruptAtRest(vaultOf('old'), basename(first ?? ''), () => Buffer.from('not what was given'));
    const cut = new Error('cut');
    const onStep = () => {
      throw cut;
    };
    const attempt = moveBetween(await placeAt('old'), await placeAt('new'), { ...quiet, onStep });
    await expect(attempt).rejects.toBe(cut);
    await corruptAtRest(vaultOf('new'), basename(second ?? ''), () => Buffer.from('left by an earlier attempt'));
    const { damaged } = await moveBetween(await placeAt('old'), await placeAt('new'));
    expect(damaged).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(first).toContain(damaged[0] ?? '');
    const open = await openAt('new');
    expect((await open.running.context.ledger.audit()).faults).toEqual([]);
    await open.close();
  });

  it('refuses a vault that does not belong to the ledger', async () => {
    for (const name of ['old', 'other']) {
      const app = await openAt(name);
      await live(app);
      await app.close();
    }
    const otherVault = await vaultAt('other');
    const into = moveBetween(await placeAt('old'), {
      ...(await placeAt('new')),
      vault: otherVault,
    });
    await expect(into).rejects.toThrow('The vault of new cannot be used: it holds files');
    const from = moveBetween({ ...(await placeAt('old')), vault: otherVault }, await placeAt('new'));
    await expect(from).rejects.toThrow(/^The vault of old cannot be used: .+ another's id\.$/);
    const open = await openAt('old');
    expect((await open.client.poolStats()).file_count).toBeGreaterThan(0);
    await open.close();
  });

  it('refuses a destination in use, and a second move', async () => {
    for (const name of ['old', 'other']) {
      const app = await openAt(name);
      await live(app);
      await app.close();
    }
    const lived = moveBetween(await placeAt('old'), await placeAt('other'));
    await expect(lived).rejects.toThrow('other holds gifts already');
    await moveBetween(await placeAt('old'), await placeAt('new'));
    const again = moveBetween(await placeAt('old'), await placeAt('third'));
    await expect(again).rejects.toThrow('It was moved to new before.');
  });

  it('can be undone before it is completed', async () => {
    const old = await openAt('old');
    await live(old);
    await old.close();
    const cut: MoveOptions = {
      ...quiet,
      onStep: (step) => {
        if (step === 'leaving') throw new Error('cut');
      },
    };
    await expect(moveBetween(await placeAt('old'), await placeAt('new'), cut)).rejects.toThrow();
    await expect(openAt('old')).rejects.toThrow('it is being moved to new');
    const { store } = await placeAt('old');
    await clearMove(store);
    await store.db.destroy();
    await (await openAt('old')).close();
  });
});
