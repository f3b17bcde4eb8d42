/** Reports: what a receiver says should not be here leaves circulation, and its bytes wait for the operator. */

import { NeedsIsolation, type Tx } from '../engine/isolation.ts';
import { isReported, lockActiveDelivery, lockDelivery } from '../matching/delivery-rows.ts';
import { isFree, lockGift, updateGiftEnd } from '../matching/gift-rows.ts';
import { owedChanges } from '../matching/owed-kinds.ts';
import { isTicketOwed } from '../schema/index-predicates.ts';
import { giftFacts } from '../schema/row-mapping.ts';
import type { Db, DeliveryRow, GiftRow } from '../schema/tables.ts';
import { applyChanges } from '../stats/counters.ts';
import type { Deadlines, ReportDetails, ReportResult, TicketNotice } from '../types.ts';

import { completeOpen } from './complete.ts';
import { removeFromCirculation } from './quarantine.ts';

/**
 * See `Ledger.report`. Throws `NeedsIsolation` if the gift is in the pool again or held for a ticket: only an exclusive
 * transaction can take it from there.
 */
export async function report(
  tx: Tx,
  id: number,
  complaint: ReportDetails,
  deadlines: Deadlines,
): Promise<ReportResult | undefined> {
  const { db } = tx;
  const row = await lockDelivery(db, id);
  if (!row || row.state === 'held' || row.state === 'damaged') return undefined;
  const isFirst = !(await isReported(db, id));
  const notices =
    row.state === 'lapsed'
      ? await recall(tx, row, deadlines, isFirst)
      : await completeReported(db, row, deadlines, isFirst);
  const gift = await lockGift(db, row.gift_id);
  return {
    reportId: await note(db, row, gift, complaint, deadlines),
    gift: giftFacts(gift),
    notices,
  };
}

/** Makes an open delivery final. Its ticket is locked before the gift, as by every verb. */
async function completeReported(db: Db, row: DeliveryRow, deadlines: Deadlines, isFirst: boolean) {
  const notices = row.state === 'open' ? await completeOpen(db, [row], deadlines) : new Map();
  if (isFirst) await keepBytes(db, await lockGift(db, row.gift_id), deadlines);
  return notices.get(row.id) ?? [];
}

/**
 * Keeps the bytes for the operator, whatever later ends the gift. Once a delivery, or its receiver could keep them here for
 * good.
 */
async function keepBytes(db: Db, gift: GiftRow, deadlines: Deadlines): Promise<void> {
  const keep_until = Math.max(deadlines.keepUntil, gift.keep_until ?? 0);
  await updateGiftEnd(db, { id: gift.id, keep_until }, { keep_until, remove_at: gift.remove_at });
}

/**
 * Takes the gift of a lapsed delivery out of the pool, or from a ticket that has not fetched it. An active delivery of it
 * goes on, and `enterPool` quarantines the gift if it lapses.
 *
 * Other tickets stay backed (P4): the reporter's own ticket pays for the gift, or a free gift makes up for it. Otherwise it
 * stays.
 */
async function recall(
  { db, isExclusive }: Tx,
  row: DeliveryRow,
  deadlines: Deadlines,
  isFirst: boolean,
): Promise<readonly TicketNotice[]> {
  await lockActiveDelivery(db, row.gift_id);
  const gift = await lockGift(db, row.gift_id);
  const isHere = gift.state === 'pooled' || (await isHeld(db, gift));
  if (isHere && !isExclusive) throw new NeedsIsolation('exclusive');
  if (isFirst) await keepBytes(db, gift, deadlines);
  if (!isHere) return [];
  const covered = (await payWith(db, row.ticket_id)) || (await isFree(db, gift));
  if (!covered) return [];
  // Read again, with how long its bytes are kept.
  return removeFromCirculation(db, await lockGift(db, gift.id), 'lapsed', deadlines.now, deadlines);
}

async function isHeld(db: Db, gift: GiftRow): Promise<boolean> {
  const held = await db
    .selectFrom('delivery')
    .select('id')
    .where('gift_id', '=', gift.id)
    .where('state', '=', 'held')
    .executeTakeFirst();
  return held !== undefined;
}

/** Spends a ticket that is good again after its delivery lapsed; says whether it was. */
async function payWith(db: Db, ticketId: number | null): Promise<boolean> {
  if (ticketId === null) return false;
  const paid = await db
    .updateTable('ticket')
    .set({ state: 'spent' })
    .where('id', '=', ticketId)
    .where(isTicketOwed)
    .returning(['pool_id', 'owed_kind'])
    .executeTakeFirst();
  if (paid) await applyChanges(db, paid.pool_id, owedChanges([paid], -1));
  return paid !== undefined;
}

/** Copies the facts of the gift, whose own rows are purged long before the operator looks. */
async function note(
  db: Db,
  { id, gift_id }: DeliveryRow,
  gift: GiftRow,
  complaint: ReportDetails,
  deadlines: Deadlines,
): Promise<number> {
  const { key, sha256, name, mime_type, kind, size, giver } = gift;
  const about = { key, sha256, name, mime_type, kind, size, giver };
  const row = await db
    .insertInto('report')
    .values({
      delivery_id: id,
      gift_id,
      ...about,
      ...complaint,
      state: 'open',
      created_at: deadlines.now,
    })
    .onConflict((conflict) => conflict.column('delivery_id').doUpdateSet(complaint))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
