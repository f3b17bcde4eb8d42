/** Gifts that the desk takes out of circulation, until it decides or for good. */
import { lockActiveDelivery } from '../matching/delivery-rows.ts';
import { lockGift, noticeToGiver, updateGiftEnd } from '../matching/gift-rows.ts';
import { withheldUntil, withholdGift } from '../matching/review-rows.ts';
import type { ReviewRow } from '../schema/desk-tables.ts';
import { isDeliveryActive } from '../schema/index-predicates.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import type { Deadlines, TicketNotice } from '../types.ts';
import { endActiveDelivery, leavePool } from './quarantine.ts';

interface WithholdResult {
  /** False if the gift is with a receiver, or over. */
  readonly isWithheld: boolean;
  readonly notices: readonly TicketNotice[];
}

const notWithheld: WithholdResult = { isWithheld: false, notices: [] };

/**
 * Takes a gift out of the pool, or from the ticket that it is held for. An open delivery ends only if the gift is removed; otherwise
 * it goes on, and `enterPool` withholds the gift if it lapses.
 */
export async function withhold(
  db: Db,
  giftId: number,
  review: ReviewRow,
  deadlines: Deadlines,
): Promise<WithholdResult> {
  await lockActiveDelivery(db, giftId);
  const gift = await lockGift(db, giftId);
  if (gift.state === 'delivered') return sealDelivered(db, gift, review, deadlines);
  const active = gift.state === 'leased' ? await activeState(db, gift) : undefined;
  const isInTransfer = active === 'open' && review.state === 'withheld';
  if ((gift.state !== 'pooled' && active === undefined) || isInTransfer) return notWithheld;
  if (gift.state === 'pooled') await leavePool(db, gift);
  const end = active === 'open' ? 'damaged' : 'lapsed';
  const reopened = active === undefined ? [] : await endActiveDelivery(db, gift.id, end, deadlines);
  return { isWithheld: true, notices: [...(await withholdGift(db, gift, review, deadlines)), ...reopened] };
}

async function activeState(db: Db, gift: GiftRow): Promise<'held' | 'open' | undefined> {
  const active = await db
    .selectFrom('delivery')
    .select('state')
    .where('gift_id', '=', gift.id)
    .where(isDeliveryActive)
    .executeTakeFirst();
  return active?.state === 'held' || active?.state === 'open' ? active.state : undefined;
}

/** The receiver of a removed gift cannot fetch it again; its bytes stay for an appeal. */
async function sealDelivered(db: Db, gift: GiftRow, review: ReviewRow, { now }: Deadlines): Promise<WithholdResult> {
  if (review.state === 'withheld' || gift.remove_at === null || gift.withheld === 1) return notWithheld;
  const remove_at = Math.max(gift.remove_at, withheldUntil(review, now));
  await updateGiftEnd(db, gift, { withheld: 1, remove_at });
  return { isWithheld: true, notices: await noticeToGiver(db, gift.id, 'removed') };
}
