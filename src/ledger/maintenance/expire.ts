import { sql } from 'kysely';
import type { FileKind } from '../../contract/vocabulary.ts';
import type { Tx } from '../engine/isolation.ts';
import { kindsIn } from '../matching/kind-slots.ts';
import { owedChanges, readSpare, takeFromAllowance } from '../matching/owed-kinds.ts';
import { isTicketOwed } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';
import { applyChanges, counterChange, giftChanges, mergeChanges, readBacking } from '../stats/counters.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';

/** True if a ticket or a pooled gift is past its time, or a gift was given before `giftsBefore`. */
export async function isExpiryDue(db: Db, now: number, giftsBefore: number): Promise<boolean> {
  if (await expiredTickets(db, now).select('id').limit(1).executeTakeFirst()) return true;
  const due = [pooledGifts(db).where('given_at', '<', giftsBefore), pooledGifts(db).where('expires_at', '<=', now)];
  for (const query of due) if (await query.limit(1).executeTakeFirst()) return true;
  return false;
}

/** See `MaintenanceLedger.expire`. Needs an exclusive transaction. */
export async function expire(
  { db }: Tx,
  deadlines: Deadlines,
  giftsBefore: number,
  limit: number,
): Promise<SweepResult> {
  const tickets = await expireTickets(db, deadlines, limit);
  const gifts = await expireGifts(db, { deadlines, giftsBefore, limit });
  return { count: tickets.count + gifts.count, notices: [...tickets.notices, ...gifts.notices] };
}

const expiredTickets = (db: Db, now: number) =>
  db.selectFrom('ticket').where(isTicketOwed).where('expires_at', '<=', now);

async function expireTickets(db: Db, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const old = await expiredTickets(db, deadlines.now)
    .select(['id', 'pool_id', 'owed_kind'])
    .orderBy('expires_at')
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  if (old.length === 0) return { count: 0, notices: [] };
  const ids = old.map(({ id }) => id);
  await db.updateTable('ticket').set({ state: 'expired' }).where('id', 'in', ids).execute();
  for (const [poolId, ofPool] of Map.groupBy(old, ({ pool_id }) => pool_id))
    await applyChanges(db, poolId, owedChanges(ofPool, -1));
  return { count: ids.length, notices: ids.map((ticketId) => ({ ticketId, event: 'expired' as const })) };
}

/** Not by pool: the indexes are by time alone. */
const pooledGifts = (db: Db) => db.selectFrom('gift').select(['id', 'pool_id', 'kind']).where('slot', 'is not', null);

interface Expiry {
  readonly deadlines: Deadlines;
  readonly giftsBefore: number;
  readonly limit: number;
}

/** How many gifts of a pool may still end, in all and of each kind that open tickets are owed. */
interface FreeGifts {
  all: number;
  readonly ofKind: Map<FileKind, number>;
}

/**
 * Expires free gifts, many in a few queries. A gift that an open ticket is owed stays, however old (P4); of a kind that is owed,
 * as many stay as are.
 */
async function expireGifts(db: Db, { deadlines, giftsBefore, limit }: Expiry): Promise<SweepResult> {
  const due = pooledGifts(db)
    .where('pool_id', 'not in', fullyOwedPools(db))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('counter')
            .select('counter.pool_id')
            .whereRef('counter.pool_id', '=', 'gift.pool_id')
            .where(sql<boolean>`counter.name in ('gifts/' || gift.kind, 'owed/' || gift.kind)`)
            .groupBy('counter.pool_id')
            .having(isWhollyOwed),
        ),
      ),
    )
    .limit(limit)
    .forUpdate()
    .skipLocked();
  const chosen = await due.where('expires_at', '<=', deadlines.now).orderBy('expires_at').orderBy('id').execute();
  const old = await due.where('given_at', '<', giftsBefore).orderBy('given_at').orderBy('id').execute();
  const found = [...chosen, ...old];
  const ids = takeFree(found, await countFree(db, [...new Set(found.map(({ pool_id }) => pool_id))]), limit);
  return ids.length === 0 ? { count: 0, notices: [] } : endGifts(db, ids, deadlines);
}

/** The pools all of whose gifts open tickets are owed. */
const fullyOwedPools = (db: Db) =>
  db
    .selectFrom('counter')
    .select('pool_id')
    .where(sql<boolean>`(name = 'open_tickets' or name like 'gifts/%')`)
    .groupBy('pool_id')
    .having(sql<boolean>`sum(case when name = 'open_tickets' then -value else value end) <= 0`);

/** True if open tickets are owed gifts of a kind, and as many as there are. */
const isWhollyOwed = sql<boolean>`sum(case when counter.name like 'owed/%' then counter.value else 0 end) > 0
  and sum(case when counter.name like 'owed/%' then -counter.value else counter.value end) <= 0`;

async function countFree(db: Db, poolIds: readonly number[]): Promise<ReadonlyMap<number, FreeGifts>> {
  const free = new Map<number, FreeGifts>();
  if (poolIds.length === 0) return free;
  const pools = await db.selectFrom('pool').select(['id', 'owed_kinds']).where('id', 'in', poolIds).execute();
  for (const { id, owed_kinds } of pools) {
    const { gifts, owed } = await readBacking(db, id);
    free.set(id, { all: gifts - owed, ofKind: new Map(await readSpare(db, id, kindsIn(owed_kinds))) });
  }
  return free;
}

/** The first gifts, each once, without those that are owed. */
function takeFree(
  due: readonly { readonly id: number; readonly pool_id: number; readonly kind: FileKind }[],
  free: ReadonlyMap<number, FreeGifts>,
  limit: number,
): number[] {
  const taken = new Set<number>();
  for (const { id, pool_id, kind } of due) {
    const ofPool = free.get(pool_id);
    const left = ofPool?.ofKind.get(kind) ?? 1;
    if (!ofPool || taken.size === limit || taken.has(id) || left <= 0 || ofPool.all <= 0) continue;
    taken.add(id);
    ofPool.all -= 1;
    takeFromAllowance(ofPool.ofKind, kind, { owedKind: null });
  }
  return [...taken];
}

async function endGifts(db: Db, ids: readonly number[], deadlines: Deadlines): Promise<SweepResult> {
  const ended = await db
    .updateTable('gift')
    .set({
      state: 'expired',
      slot: null,
      // A report keeps the bytes for the operator until `keep_until`.
      remove_at: sql<number>`case when keep_until > ${deadlines.now} then keep_until else ${deadlines.now} end`,
      purge_at: deadlines.purgeAt,
    })
    .where('id', 'in', ids)
    .returning(['id', 'pool_id', 'kind', 'size', 'extension'])
    .execute();
  for (const [poolId, ofPool] of Map.groupBy(ended, ({ pool_id }) => pool_id)) {
    const left = mergeChanges(...ofPool.map((gift) => giftChanges(gift, -1)));
    await applyChanges(db, poolId, mergeChanges(left, counterChange('expired_total', ofPool.length)));
  }
  const tickets = await db.selectFrom('ticket').select(['id', 'gift_id']).where('gift_id', 'in', ids).execute();
  const ticketOf = new Map(tickets.map(({ id, gift_id }) => [gift_id, id]));
  const notices = ids.flatMap((id): TicketNotice[] => {
    const ticketId = ticketOf.get(id);
    return ticketId === undefined ? [] : [{ ticketId, event: 'expired' }];
  });
  return { count: ended.length, notices };
}
