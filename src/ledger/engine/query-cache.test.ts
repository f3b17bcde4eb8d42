import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../schema/tables.ts';
import { cachedQuery } from './query-cache.ts';
import { createDatabase } from './sqlite.ts';

async function openPools(): Promise<{ db: Db; queries: string[] }> {
  const queries: string[] = [];
  const db = createDatabase(new Database(':memory:'), ({ query }) => {
    queries.push(query.sql);
  });
  await sql`create table pool (id integer primary key, name text, slots integer)`.execute(db);
  queries.length = 0;
  return { db, queries };
}

type Rows = { readonly rows: readonly { readonly name: string; readonly slots: number }[] };

/** A query, and the number of rows at each time it was built. */
function countedInsert() {
  const builds: number[] = [];
  const insert = cachedQuery((db, { rows }: Rows) => {
    builds.push(rows.length);
    return db.insertInto('pool').values(rows).returning(['name', 'slots']);
  });
  return { builds, insert };
}

const rowsOf = (...names: string[]): Rows => ({
  rows: names.map((name) => ({ name, slots: name.length })),
});

test('builds a query once per number of rows, and binds new values at each call', async () => {
  const { db, queries } = await openPools();
  const { builds, insert } = countedInsert();
  expect(await insert(db, rowsOf('a', 'bb'))).toEqual([
    { name: 'a', slots: 1 },
    { name: 'bb', slots: 2 },
  ]);
  expect(await insert(db, rowsOf('ccc', 'd'))).toEqual([
    { name: 'ccc', slots: 3 },
    { name: 'd', slots: 1 },
  ]);
  expect(await insert(db, rowsOf('e'))).toEqual([{ name: 'e', slots: 1 }]);
  expect(builds).toEqual([2, 1]);
  expect(new Set(queries).size).toBe(2);
});

test('keeps constants, and binds a value at each of its places', async () => {
  const { db } = await openPools();
  await countedInsert().insert(db, rowsOf('a', 'bb', 'ccc'));
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

test('runs each query through the plugins', async () => {
  const { db } = await openPools();
  const kinds: string[] = [];
  const watched = db.withPlugin({
    transformQuery: ({ node }) => {
      kinds.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const { insert } = countedInsert();
  await insert(db, rowsOf('a'));
  await insert(watched, rowsOf('b'));
  expect(kinds).toEqual(['InsertQueryNode']);
});

test('binds a list of any length as one parameter of one query', async () => {
  const { db, queries } = await openPools();
  await countedInsert().insert(db, rowsOf('a', 'bb', 'ccc'));
  queries.length = 0;
  const named = cachedQuery((on, { names }: { names: readonly string[] }) =>
    on.selectFrom('pool').select('slots').where('name', 'in', names).orderBy('slots'),
  );
  expect(await named(db, { names: ['ccc', 'a'] })).toEqual([{ slots: 1 }, { slots: 3 }]);
  expect(await named(db, { names: ['bb'] })).toEqual([{ slots: 2 }]);
  expect(await named(db, { names: [] })).toEqual([]);
  expect(new Set(queries).size).toBe(1);
});

test('does not cache the query of a large insert', async () => {
  const { db } = await openPools();
  const { builds, insert } = countedInsert();
  const many = rowsOf(...Array.from({ length: 65 }, (_, index) => `${index}`));
  expect(await insert(db, many)).toHaveLength(65);
  await insert(db, many);
  expect(builds).toEqual([65, 65]);
});
