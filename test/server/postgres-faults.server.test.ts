/** PostgreSQL and the network to it fail in the middle of everything (R3, R6): nothing is lost, and nothing doubled. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { paths } from '../../src/contract/api/paths.ts';
import { hindrance, type Postgres, startPostgres } from '../setup/postgres.ts';
import { type Break, type FaultyLine, proxyTo } from '../setup/postgres-proxy.ts';
import { insistently } from '../setup/retry.ts';
import { fileOf, type OpenDoor, openDoor, until } from '../setup/test-app.ts';

const reason = await hindrance();
if (reason) console.warn(`Faults of PostgreSQL are not tested: ${reason}.`);

let server: Postgres;
let proxy: FaultyLine;
let door: OpenDoor;
let database: string;

const address = (port: number) =>
  `postgres://postgres@127.0.0.1:${port}/${database}?lock_timeout=500`;

beforeAll(async () => {
  if (reason) return;
  server = await startPostgres();
});
afterAll(() => server?.stop());

beforeEach(async () => {
  if (reason) return;
  proxy = await proxyTo(server.port);
  database = await server.newDatabase();
  door = await openDoor({ DATABASE_URL: address(proxy.port) });
});
afterEach(async () => {
  if (reason) return;
  proxy.mood = 'pass';
  await door.close();
  proxy.close();
});

const newContent = () => randomBytes(16).toString('hex');
const newKey = () => randomBytes(16).toString('hex');
const failing = { code: 'storage-failing' };

/** Somebody else's gift that is free. */
async function stranger(): Promise<string> {
  const content = newContent();
  await door.upload('theirs.txt', content);
  return content;
}

const audit = async () => (await door.program.context.ledger.audit()).faults;
const isReady = async () => (await fetch(door.url + paths.ready)).status === 200;

describe.skipIf(reason !== undefined).each<Break>(['commit', 'answer', 'late'])(
  'a network that breaks at a COMMIT (%s)',
  (at) => {
    it('of a gift: it is given once, also when it is given again', async () => {
      const file = fileOf('mine.txt', newContent());
      const key = newKey();
      proxy.cutAtCommit(at, /insert into "gift"/);
      const first = await door.client.give(file, { key }).catch((error: unknown) => error);
      expect(proxy.hasCut()).toBe(true);
      if (at === 'commit') expect(first).toMatchObject(failing);
      const again = await door.client.give(file, { key });
      if (at !== 'commit') expect(again).toEqual(first);
      expect(await door.client.poolStats()).toMatchObject({ file_count: 1, given_total: 1 });
      expect(await door.blobs()).toHaveLength(1);
      expect(await audit()).toEqual([]);
    });

    it('of a draw: the ticket gets one delivery', async () => {
      const contents = [await stranger(), await stranger()];
      const { ticket } = await door.client.give(fileOf('mine.txt', newContent()));
      proxy.cutAtCommit(at, /insert into "delivery"/);
      await expect(door.client.draw(ticket)).rejects.toMatchObject(failing);
      expect(proxy.hasCut()).toBe(true);
      const delivery = await door.client.draw(ticket);
      expect(await door.client.draw(ticket)).toEqual(delivery);
      const arrived = await (await door.client.fetchDelivery(delivery as { url: string })).text();
      expect(contents).toContain(arrived);
      expect(await door.client.poolStats()).toMatchObject({ file_count: 2 });
      expect(await audit()).toEqual([]);
    });

    it('of an arrival: it is noted all the same', async () => {
      const content = await stranger();
      proxy.cutAtCommit(at, /"received_at" = /);
      expect(await (await fetch(door.url + paths.download)).text()).toBe(content);
      await until(async () => (await door.client.poolStats()).delivered_total === 1);
      expect(proxy.hasCut()).toBe(true);
      await door.pass(60 * 60 * 1000);
      expect(await door.client.poolStats()).toMatchObject({ file_count: 0, delivered_total: 1 });
      expect(await audit()).toEqual([]);
    });

    it('of "I have it": said again, it is noted', async () => {
      await stranger();
      const { ticket } = await door.client.give(fileOf('mine.txt', newContent()));
      const delivery = await door.client.draw(ticket);
      proxy.cutAtCommit(at, /"received_at" = /);
      await expect(door.client.received(delivery as { url: string })).rejects.toMatchObject(
        failing,
      );
      await door.client.received(delivery as { url: string });
      expect((await door.client.ticket(ticket)).state).toBe('spent');
      expect(await audit()).toEqual([]);
    });

    it('of a withdrawal: said again, it is done', async () => {
      const { ticket } = await door.client.give(fileOf('mine.txt', newContent()));
      proxy.cutAtCommit(at, /update "gift"/);
      await expect(door.client.withdraw(ticket)).rejects.toMatchObject(failing);
      await door.client.withdraw(ticket);
      expect(await door.client.poolStats()).toMatchObject({ file_count: 0 });
      await door.pass(1000);
      expect(await door.blobs()).toEqual([]);
      expect(await audit()).toEqual([]);
    });
  },
);

describe.skipIf(reason !== undefined)('a gift that is just entering', () => {
  it('is waited for by a draw that would find nothing', async () => {
    const other = await openDoor({ DATABASE_URL: address(server.port), DATA_DIR: door.folder });
    const { ticket } = await other.client.give(fileOf('mine.txt', newContent()));
    proxy.cutAtCommit('late', /insert into "gift"/);
    const giving = door.upload('theirs.txt', newContent());
    await until(() => proxy.hasCut());
    expect(await other.client.draw(ticket)).toMatchObject({ name: 'theirs.txt' });
    expect((await giving).status).toBe(200);
    expect(await audit()).toEqual([]);
    await other.close();
  });
});

describe.skipIf(reason !== undefined)('a database that is away', () => {
  it('is said by readiness, and refused with a try again', async () => {
    expect(await isReady()).toBe(true);
    proxy.mood = 'refuse';
    proxy.cutAll();
    expect(await isReady()).toBe(false);
    await expect(door.client.give(fileOf('mine.txt', newContent()))).rejects.toMatchObject(failing);
    proxy.mood = 'pass';
    expect(await isReady()).toBe(true);
    await door.client.give(fileOf('mine.txt', newContent()));
  });

  it('is noticed soon when it says nothing at all', async () => {
    proxy.mood = 'stall';
    const begun = performance.now();
    expect(await isReady()).toBe(false);
    expect(performance.now() - begun).toBeLessThan(4_000);
    const giving = door.client.give(fileOf('mine.txt', newContent()));
    await expect(giving).rejects.toMatchObject(failing);
    expect(performance.now() - begun).toBeLessThan(30_000);
    proxy.mood = 'pass';
    await until(isReady);
    await door.client.give(fileOf('mine.txt', newContent()));
    expect(await audit()).toEqual([]);
  });

  it('comes back to who waits: a missed call is made good', async () => {
    const { ticket } = await door.client.give(fileOf('mine.txt', newContent()));
    const waiting = door.client.draw(ticket, { wait: 30 });
    await until(async () => (await door.client.ticket(ticket)).state === 'waiting');
    // Another process gives while nobody here can hear of it.
    const other = await openDoor({
      DATABASE_URL: address(server.port),
      DATA_DIR: door.folder,
    });
    proxy.mood = 'refuse';
    proxy.cutAll();
    await other.upload('theirs.txt', newContent());
    await other.close();
    proxy.mood = 'pass';
    const begun = performance.now();
    expect(await waiting).toMatchObject({ name: 'theirs.txt' });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('ends all connections under load, and nothing is lost or doubled', async () => {
    const given = new Set<string>();
    const got: string[] = [];
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        const content = newContent();
        const key = newKey();
        const { ticket } = await insistently(() =>
          door.client.give(fileOf('a.txt', content), { key }),
        );
        given.add(content);
        const delivery = await insistently(() => door.client.draw(ticket));
        if (!delivery) continue;
        const bytes = await insistently(async () =>
          (await door.client.fetchDelivery(delivery)).text(),
        );
        got.push(bytes);
        await insistently(() => door.client.received(delivery));
      }
    };
    const working = Promise.all(Array.from({ length: 8 }, work));
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.run(
        `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = '${database}'`,
      );
    }
    isOver = true;
    await working;
    expect(new Set(got).size).toBe(got.length);
    const { gifts, faults } = await door.program.context.ledger.audit();
    const { pooled = 0, leased = 0, delivered = 0 } = gifts;
    expect({ faults, delivered, all: pooled + leased + delivered }).toEqual({
      faults: [],
      delivered: got.length,
      all: given.size,
    });
  });
});

describe.skipIf(reason !== undefined)('a stranger in the database', () => {
  it('who keeps a lock is waited for, but not for long, and the service goes on', async () => {
    const sessions = new pg.Client({ connectionString: server.url(database) });
    await sessions.connect();
    await sessions.query('begin');
    await sessions.query('lock table gift');
    const file = fileOf('mine.txt', newContent());
    const begun = performance.now();
    await expect(door.client.give(file)).rejects.toMatchObject(failing);
    expect(performance.now() - begun).toBeLessThan(3_000);
    await sessions.query('rollback');
    await sessions.end();
    await door.client.give(file);
    expect(await audit()).toEqual([]);
  });

  it('who adds a column, as a newer version does, is not noticed', async () => {
    const exchange = async () => {
      const { ticket } = await door.client.give(fileOf('mine.txt', newContent()));
      const delivery = await door.client.draw(ticket);
      if (delivery) await (await door.client.fetchDelivery(delivery)).text();
      await door.client.ticket(ticket);
    };
    const work = async () => {
      for (let n = 0; n < 8; n++) await exchange();
      await door.upload('free.txt', newContent());
      await (await fetch(door.url + paths.download)).text();
      await door.pass(1000);
    };
    await work();
    for (const table of ['pool', 'counter', 'hour_count', 'gift', 'ticket', 'delivery', 'report'])
      await server.run(`alter table ${table} add column newer text`, database);
    await work();
    expect(await audit()).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)('a database that is not fit', () => {
  const open = (settings: Record<string, string> = {}) =>
    openDoor({ DATABASE_URL: server.url(database), DATA_DIR: door.folder, ...settings });

  it.each(['synchronous_commit', 'fsync'])(
    'because %s is off is refused, unless told',
    async (setting) => {
      // What concerns the whole server takes a server of its own.
      const other = setting === 'fsync' ? await startPostgres(['fsync=off']) : undefined;
      if (!other) await server.run(`alter database ${database} set ${setting} = off`);
      const DATABASE_URL = (other ?? server).url(other ? undefined : database);
      await expect(open({ DATABASE_URL })).rejects.toThrow(`${setting} is off`);
      const told = await open({ DATABASE_URL, DATABASE_UNSAFE: 'on' });
      expect((await fetch(told.url + paths.ready)).status).toBe(200);
      await told.close();
      await other?.stop();
    },
  );

  it('because a newer version has been at it is refused', async () => {
    await server.run(`insert into kysely_migration values ('999_later', now())`, database);
    await expect(open()).rejects.toThrow('(999_later); start that version');
    await server.run(`delete from kysely_migration where name = '999_later'`, database);
    await (await open()).close();
  });

  it('because it is not there is refused', async () => {
    await expect(open({ DATABASE_URL: server.url('nowhere') })).rejects.toThrow(
      'The ledger cannot be opened: database "nowhere" does not exist',
    );
  });
});

describe.skipIf(reason !== undefined)('limits', () => {
  it('hold at two processes together', async () => {
    const limited = {
      RATE_LIMIT: 'on',
      DRAWS_PER_MINUTE: '60',
      DATABASE_URL: address(server.port),
      DATA_DIR: door.folder,
    };
    const doors = [await openDoor(limited), await openDoor(limited)];
    const ask = async (one: OpenDoor) => (await fetch(one.url + paths.download)).status;
    const [a, b] = doors as [OpenDoor, OpenDoor];
    for (let n = 0; n < 50; n++) expect(await ask(a)).toBe(404);
    expect(await ask(b)).toBe(404);
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return (await ask(b)) === 429;
    });
    await Promise.all(doors.map((one) => one.close()));
  });
});
