/** A backup of an exchange on PostgreSQL, and its way back to PostgreSQL and to SQLite. */
import { rmSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/ledger/engine/postgres/postgres.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { fileOf, openTestApp } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`Backups of PostgreSQL are not tested: ${reason}.`);

const { place } = scratchFolder();
let server: Postgres;
let databases = 0;

beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());

async function newDatabase(): Promise<string> {
  const name = `backed_up_${++databases}`;
  const db = await openPostgres(server.url());
  await sql`create database ${sql.ref(name)}`.execute(db);
  await db.destroy();
  return server.url(name);
}

const rfx = (settings: Record<string, string>, ...words: string[]) => runCommand(place('.'), settings, ...words);

describe.skipIf(reason !== undefined)('a backup of PostgreSQL', () => {
  it('is made beside the service, and comes back to an empty database or to a folder', async () => {
    const database = await newDatabase();
    const settings = { DATABASE_URL: database, DATA_DIR: place('data') };
    const app = await openTestApp({ DATABASE_URL: database }, {}, settings.DATA_DIR);
    const given = await Promise.all(
      Array.from({ length: 8 }, (_, n) => app.client.give(fileOf(`${n}.txt`, `gift ${n} `.repeat(1 + n * 9_000)))),
    );
    const facts = await Promise.all(given.map(({ ticket }) => app.client.ticket(ticket)));
    const made = await rfx(settings, 'backup', '--to', place('copy'));
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('Done: 8 files') });
    await app.close();
    rmSync(settings.DATA_DIR, { recursive: true });

    const full = await rfx(settings, 'restore', '--from', place('copy'), '--gifts', 'go-on');
    expect(full).toMatchObject({ code: 1, err: expect.stringContaining('holds gifts already') });
    for (const url of [await newDatabase(), '']) {
      const there = { DATABASE_URL: url, DATA_DIR: place(url === '' ? 'folder' : 'shared') };
      expect(await rfx(there, 'restore', '--from', place('copy'), '--gifts', 'go-on')).toMatchObject({ code: 0 });
      expect(await rfx(there, 'doctor', '--read-data')).toMatchObject({ code: 0 });
      const back = await openTestApp({ DATABASE_URL: url }, {}, there.DATA_DIR);
      expect(await Promise.all(given.map(({ ticket }) => back.client.ticket(ticket)))).toEqual(facts);
      const drawn = await back.client.draw(given[0]?.ticket ?? '');
      expect(drawn?.name).toMatch(/^[1-7]\.txt$/);
      await back.close();
    }
  });
});
