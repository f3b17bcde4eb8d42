import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../schema/tables.ts';
import { cachedQuery, fewLengths } from './query-cache.ts';
import { createDatabase } from './sqlite.ts';

async function openPools(): Promise<{ db: Db; asked: string[] }> {
  const asked: string[] = [];
  const db = createDatabase(new Database(':memory:'), ({ query }) => {
    asked.push(query.sql);
  });
  await sql`create table pool (id integer primary key, name text, slots integer)`.execute(db);
  asked.length = 0;
  return { db, asked };
}

type Rows = { readonly rows: readonly { readonly name: string; readonly slots: number }[] };

/** A query, and how often it was put together. */
function counted() {
  const put: number[] = [];
  const insert = cachedQuery((db, { rows }: Rows) => {
    put.push(rows.length);
    return db.insertInto('pool').values(rows).returning(['name', 'slots']);
  });
  return { put, insert };
}

const rowsOf = (...names: string[]): Rows => ({
  rows: names.map((name) => ({ name, slots: name.length })),
});

test('is put together once for each length, and gets its own values each time', async () => {
  const { db, asked } = await openPools();
  const { put, insert } = counted();
  expect(await insert(db, rowsOf('a', 'bb'))).toEqual([
    { name: 'a', slots: 1 },
    { name: 'bb', slots: 2 },
  ]);
  expect(await insert(db, rowsOf('ccc', 'd'))).toEqual([
    { name: 'ccc', slots: 3 },
    { name: 'd', slots: 1 },
  ]);
  expect(await insert(db, rowsOf('e'))).toEqual([{ name: 'e', slots: 1 }]);
  expect(put).toEqual([2, 1]);
  expect(new Set(asked).size).toBe(2);
});

test('keeps what is no value of the caller, and a value that stands in two places', async () => {
  const { db } = await openPools();
  await counted().insert(db, rowsOf('a', 'bb', 'ccc'));
  const longer = cachedQuery((on, { least, names }: { least: number; names: readonly string[] }) =>
    on
      .selectFrom('pool')
      .select(['name', sql<number>`slots - ${least}`.as('more')])
      .where('slots', '>=', least)
      .where('name', 'in', names)
      .limit(1),
  );
  expect(await longer(db, { least: 2, names: ['ccc', 'a'] })).toEqual([{ name: 'ccc', more: 1 }]);
  expect(await longer(db, { least: 1, names: ['a', 'x'] })).toEqual([{ name: 'a', more: 0 }]);
});

test('forgets lengths when there are too many, and goes on', async () => {
  const { db } = await openPools();
  const { put, insert } = counted();
  const names = Array.from({ length: 70 }, (_, index) => `${index}`);
  for (const [index] of names.entries()) await insert(db, rowsOf(...names.slice(0, index + 1)));
  await insert(db, rowsOf(...names));
  await insert(db, rowsOf('a'));
  expect(put).toHaveLength(71);
});

test('is seen by who watches what is asked', async () => {
  const { db } = await openPools();
  const kinds: string[] = [];
  const watched = db.withPlugin({
    transformQuery: ({ node }) => {
      kinds.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const { insert } = counted();
  await insert(db, rowsOf('a'));
  await insert(watched, rowsOf('b'));
  expect(kinds).toEqual(['InsertQueryNode']);
});

test('of lists that are looked for there are few lengths', () => {
  const lists = Array.from({ length: 257 }, (_, length) =>
    Array.from({ length }, (_one, at) => at),
  );
  for (const list of lists) expect([...new Set(fewLengths(list))]).toEqual(list);
  const lengths = new Set(lists.map((list) => fewLengths(list).length));
  expect([...lengths]).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256]);
});

test('does not keep what is very large', async () => {
  const { db } = await openPools();
  const { put, insert } = counted();
  const many = rowsOf(...Array.from({ length: 1_001 }, (_, index) => `${index}`));
  expect(await insert(db, many)).toHaveLength(1_001);
  await insert(db, many);
  expect(put).toEqual([1_001, 1_001]);
});
