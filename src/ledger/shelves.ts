/**
 * Dense slots: the gifts of one kind in one pool sit in slots 1…n without holes, and n is the shelf's counter. So a
 * uniform draw is one roll and one index probe, whatever the pool's size and history (promise P6); taking slot k moves
 * the gift of slot n into k.
 */
import { sql } from 'kysely';
import { giftColumns } from './columns.ts';
import type { Db, GiftRow, PoolRow } from './tables.ts';

/** Rolls a whole number from 0 to below `n`, each as likely; the operating system's randomness unless a test says otherwise. */
export type Random = (n: number) => number;

/** What a drawer must not get: gifts of this giver, and these bytes. */
export interface Own {
  readonly giver: string;
  readonly sha256: string | null;
}

type Shelved = Pick<GiftRow, 'id' | 'pool_id' | 'kind' | 'size' | 'extension'>;

/** Puts a gift at the end of its shelf. */
export async function shelve(db: Db, gift: Shelved): Promise<void> {
  const { gifts: slot } = await db
    .insertInto('shelf')
    .values({ pool_id: gift.pool_id, kind: gift.kind, gifts: 1, bytes: gift.size })
    .onConflict((conflict) =>
      conflict.columns(['pool_id', 'kind']).doUpdateSet((eb) => ({
        gifts: eb('shelf.gifts', '+', 1),
        bytes: eb('shelf.bytes', '+', gift.size),
      })),
    )
    .returning('gifts')
    .executeTakeFirstOrThrow();
  await db.updateTable('gift').set({ state: 'pooled', slot }).where('id', '=', gift.id).execute();
  await db
    .insertInto('extension_count')
    .values({ pool_id: gift.pool_id, extension: gift.extension, gifts: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['pool_id', 'extension'])
        .doUpdateSet((eb) => ({ gifts: eb('extension_count.gifts', '+', 1) })),
    )
    .execute();
}

/** Takes a pooled gift off its shelf and gives it another state; the last gift of the shelf closes the gap. */
export async function unshelve(
  db: Db,
  gift: Shelved & Pick<GiftRow, 'slot'>,
  state: Exclude<GiftRow['state'], 'pooled'>,
): Promise<void> {
  const { gifts: left } = await db
    .updateTable('shelf')
    .set((eb) => ({ gifts: eb('gifts', '-', 1), bytes: eb('bytes', '-', gift.size) }))
    .where('pool_id', '=', gift.pool_id)
    .where('kind', '=', gift.kind)
    .returning('gifts')
    .executeTakeFirstOrThrow();
  await db.updateTable('gift').set({ state, slot: null }).where('id', '=', gift.id).execute();
  await db
    .updateTable('gift')
    .set({ slot: gift.slot })
    .where('pool_id', '=', gift.pool_id)
    .where('kind', '=', gift.kind)
    .where('slot', '=', left + 1)
    .execute();
  await db
    .updateTable('extension_count')
    .set((eb) => ({ gifts: eb('gifts', '-', 1) }))
    .where('pool_id', '=', gift.pool_id)
    .where('extension', '=', gift.extension)
    .execute();
}

/** How often a roll may hit one's own gift before an exact query decides. */
const rolls = 16;

/** Picks one gift among all that `own` does not exclude, each as likely; undefined when there is none. */
export async function pick(
  db: Db,
  pool: PoolRow,
  own: Own | null,
  random: Random,
): Promise<GiftRow | undefined> {
  const shelves = await db
    .selectFrom('shelf')
    .select(['kind', 'gifts'])
    .where('pool_id', '=', pool.id)
    .orderBy('kind')
    .execute();
  const total = shelves.reduce((sum, shelf) => sum + shelf.gifts, 0);
  if (total === 0) return undefined;
  for (let roll = 0; roll < rolls; roll++) {
    const gift = await giftInSlot(db, pool, shelves, random(total));
    if (!isOwn(gift, own)) return gift;
  }
  return pickExactly(db, pool, own as Own, random);
}

function isOwn(gift: Pick<GiftRow, 'giver' | 'sha256'>, own: Own | null): boolean {
  return own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256);
}

/** The gift at a place counted through all shelves. */
async function giftInSlot(
  db: Db,
  pool: PoolRow,
  shelves: readonly { readonly kind: GiftRow['kind']; readonly gifts: number }[],
  place: number,
): Promise<GiftRow> {
  let left = place;
  const shelf = shelves.find(({ gifts }) => {
    if (left < gifts) return true;
    left -= gifts;
    return false;
  });
  if (!shelf) throw new Error(`no slot ${place} in pool ${pool.name}`);
  return db
    .selectFrom('gift')
    .select(giftColumns)
    .where('pool_id', '=', pool.id)
    .where('kind', '=', shelf.kind)
    .where('slot', '=', left + 1)
    .executeTakeFirstOrThrow();
}

/** Reads the pool: only for the rare drawer who owns nearly all of it. */
async function pickExactly(
  db: Db,
  pool: PoolRow,
  own: Own,
  random: Random,
): Promise<GiftRow | undefined> {
  const eligible = db
    .selectFrom('gift')
    .where('pool_id', '=', pool.id)
    .where('slot', 'is not', null)
    .where('giver', '!=', own.giver)
    .$if(own.sha256 !== null, (query) => query.where('sha256', '!=', own.sha256 ?? ''));
  const { count } = await eligible
    .select(sql<number>`count(*)`.as('count'))
    .executeTakeFirstOrThrow();
  if (count === 0) return undefined;
  return eligible
    .select(giftColumns)
    .orderBy('kind')
    .orderBy('slot')
    .limit(1)
    .offset(random(count))
    .executeTakeFirst();
}
