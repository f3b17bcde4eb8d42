/** The queries of `rfx keys`: rows in pages, and changes of what is sealed in them. */
import { type RawBuilder, sql } from 'kysely';
import type { ResealedRoom, SealedRoom } from '../room-types.ts';
import type { Db } from '../schema/tables.ts';
import type { ReplacedBytes, Resealed, ResealedReport, SealedGift, SealedReport } from '../sealed-types.ts';

const page = 200;

/** See `ExistingLedger.sealedGifts`. */
export function sealedGifts(db: Db, after: number): Promise<SealedGift[]> {
  return db
    .selectFrom('gift')
    .select(['id', 'key', 'name', 'extension', 'size', 'sha256', 'state', 'checks'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(page)
    .execute();
}

/** See `ExistingLedger.reseal`. A row that changed meanwhile stays as it is: its key may have been destroyed. */
export async function reseal(db: Db, changes: readonly Resealed[]): Promise<number> {
  let count = 0;
  for (const { id, from, to } of changes) {
    const { numUpdatedRows } = await db
      .updateTable('gift')
      .set({ name: to.name, checks: to.checks })
      .where('id', '=', id)
      .where('name', '=', from.name)
      .where('checks', '=', from.checks)
      .executeTakeFirst();
    count += Number(numUpdatedRows);
  }
  return count;
}

/** See `ExistingLedger.replaceBytes`. Only a pooled gift has no reader. */
export async function replaceBytes(db: Db, { id, from, to }: ReplacedBytes): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('gift')
    .set(to)
    .where('id', '=', id)
    .where('state', '=', 'pooled')
    .where('key', '=', from.key)
    .where('checks', '=', from.checks)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** See `ExistingLedger.sealedReports`. */
export function sealedReports(db: Db, after: number): Promise<SealedReport[]> {
  return db
    .selectFrom('report')
    .select(['id', 'delivery_id as delivery', 'key', 'name', 'note'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(page)
    .execute();
}

/** See `ExistingLedger.resealReports`. */
export async function resealReports(db: Db, changes: readonly ResealedReport[]): Promise<number> {
  let count = 0;
  for (const { id, from, to } of changes) {
    const { numUpdatedRows } = await db
      .updateTable('report')
      .set(to)
      .where('id', '=', id)
      .where('name', '=', from.name)
      .where(sameText('note', from.note))
      .executeTakeFirst();
    count += Number(numUpdatedRows);
  }
  return count;
}

/** See `ExistingLedger.sealedRooms`. */
export function sealedRooms(db: Db, after: number): Promise<SealedRoom[]> {
  return db
    .selectFrom('room')
    .innerJoin('pool', 'pool.id', 'room.pool_id')
    .select(['room.id', 'pool.name as pool', 'room.name'])
    .where('room.id', '>', after)
    .orderBy('room.id')
    .limit(page)
    .execute();
}

/** See `ExistingLedger.resealRooms`. */
export async function resealRooms(db: Db, changes: readonly ResealedRoom[]): Promise<number> {
  let count = 0;
  for (const { id, from, to } of changes) {
    const room = db.updateTable('room').set({ name: to }).where('id', '=', id).where('name', '=', from);
    count += Number((await room.executeTakeFirst()).numUpdatedRows);
  }
  return count;
}

const sameText = (column: string, text: string | null): RawBuilder<boolean> =>
  text === null ? sql<boolean>`${sql.ref(column)} is null` : sql<boolean>`${sql.ref(column)} = ${text}`;

/** See `ExistingLedger.retireKey`. Needs an exclusive transaction, so that no gift comes under the key meanwhile. */
export async function retireKey(
  db: Db,
  id: string,
  { checks, text }: { readonly checks: Uint8Array; readonly text: string },
): Promise<boolean> {
  const gift = await db
    .selectFrom('gift')
    .select('id')
    .where((eb) =>
      eb.or([sql<boolean>`substr(checks, 1, ${sql.lit(checks.byteLength)}) = ${checks}`, startsWith('name', text)]),
    )
    .limit(1)
    .executeTakeFirst();
  const report = await db
    .selectFrom('report')
    .select('id')
    .where((eb) => eb.or([startsWith('name', text), startsWith('note', text)]))
    .limit(1)
    .executeTakeFirst();
  const inJson = JSON.stringify(text).slice(1, -1);
  const entry = await db
    .selectFrom('history')
    .select('id')
    .where(sql<boolean>`replace(facts, ${inJson}, '') <> facts`)
    .limit(1)
    .executeTakeFirst();
  const room = await db.selectFrom('room').select('id').where(startsWith('name', text)).limit(1).executeTakeFirst();
  if (gift || report || room || entry) return false;
  await db.deleteFrom('encryption_key').where('id', '=', id).execute();
  return true;
}

const startsWith = (column: string, text: string): RawBuilder<boolean> =>
  sql<boolean>`substr(${sql.ref(column)}, 1, ${sql.lit(text.length)}) = ${text}`;
