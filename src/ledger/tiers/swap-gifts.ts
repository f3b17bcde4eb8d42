/**
 * Swaps of two gifts between the tiers of a pool. Each tier keeps its number of gifts, so that every open ticket stays backed (P4).
 * `docs/internals/matching.md` has the reasons.
 */
import { enterPool } from '../matching/enter-pool.ts';
import { lockPooledGift } from '../matching/gift-rows.ts';
import { isKindSpare } from '../matching/owed-kinds.ts';
import { takeFromSlot } from '../matching/slots.ts';
import type { Db, GiftRow, TicketRow } from '../schema/tables.ts';
import { applyChanges, keptBytes } from '../stats/counters.ts';
import type { Deadlines, TicketNotice } from '../types.ts';

/** How many gifts are tried as the one that is given in return. */
const maxTried = 8;

/**
 * Swaps a gift of another tier for a pooled one of the ticket's tier, by preference its own. Undefined if no swap leaves all other
 * tickets backed; needs an exclusive transaction, in which the ticket gets or withdraws the gift.
 */
export async function bringGift(
  db: Db,
  ticket: TicketRow,
  gift: GiftRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[] | undefined> {
  // Draws with tickets run beside an exclusive transaction, so that a pooled gift may be gone.
  if (gift.state === 'pooled' && !(await lockPooledGift(db, gift.id))) return undefined;
  for (const { id } of await giftsToGive(db, ticket, gift.id)) {
    const given = await lockPooledGift(db, id);
    if (!given) continue;
    // The ticket leaves its tier together with the gift, so that one of the kind it is owed is free.
    const isFree = given.kind === ticket.owed_kind || (await isKindSpare(db, given.pool_id, given.kind));
    if (isFree && (await isReplaced(db, gift, given))) return swapGifts(db, gift, given, deadlines);
  }
  return undefined;
}

/** True if the tickets of a gift's tier are owed none of its kind, or get one for it. */
export const isReplaced = async (db: Db, gift: GiftRow, given: Pick<GiftRow, 'kind'>): Promise<boolean> =>
  given.kind === gift.kind || isKindSpare(db, gift.pool_id, gift.kind, gift.state === 'pooled' ? 0 : 1);

async function giftsToGive(
  db: Db,
  { pool_id, gift_id }: TicketRow,
  except: number,
): Promise<readonly Pick<GiftRow, 'id'>[]> {
  const pooled = db
    .selectFrom('gift')
    .select('id')
    .where('pool_id', '=', pool_id)
    .where('slot', 'is not', null)
    .where('id', '!=', except);
  const own = await pooled.where('id', '=', gift_id).execute();
  return [...own, ...(await pooled.where('id', '!=', gift_id).limit(maxTried).execute())];
}

/** Moves each of two gifts into the tier of the other. `gift` is in no slot then; a pooled `given` enters its new tier. */
export async function swapGifts(
  db: Db,
  gift: GiftRow,
  given: GiftRow,
  deadlines: Deadlines,
): Promise<readonly TicketNotice[]> {
  for (const one of [gift, given]) if (one.state === 'pooled') await takeFromSlot(db, one, 'leased');
  await moveTo(db, gift, given.pool_id);
  await moveTo(db, given, gift.pool_id);
  const moved = { ...given, pool_id: gift.pool_id, state: 'leased' as const, slot: null };
  return given.state === 'pooled' ? enterPool(db, moved, deadlines) : [];
}

async function moveTo(db: Db, gift: GiftRow, poolId: number): Promise<void> {
  await db.updateTable('gift').set({ pool_id: poolId }).where('id', '=', gift.id).execute();
  await applyChanges(db, gift.pool_id, keptBytes([gift], -1));
  await applyChanges(db, poolId, keptBytes([gift], 1));
}
