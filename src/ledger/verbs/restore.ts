/** After a restore from an older copy: gifts that may have been delivered since wait for the operator's decision. */
import type { Tx } from '../engine/isolation.ts';
import { enterPool } from '../matching/enter-pool.ts';
import { lockGift, updateGiftEnd } from '../matching/gift-rows.ts';
import { applyChanges, counterChange } from '../stats/counters.ts';
import type { Deadlines, SweepResult, TicketNotice } from '../types.ts';
import { removeFromCirculation } from './quarantine.ts';

/** The end of the year 9999: the bytes and the row of a gift that was set aside stay, and this time marks it. */
const never = Date.UTC(9999, 11, 31);

/** See `MaintenanceLedger.setAside`. */
export async function setAside({ db }: Tx, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const notices: TicketNotice[] = [];
  const gifts = await db
    .selectFrom('gift')
    .select('id')
    .where('state', 'in', ['pooled', 'leased'])
    .orderBy('id')
    .limit(limit)
    .execute();
  for (const { id } of gifts)
    notices.push(
      ...(await removeFromCirculation(db, await lockGift(db, id), 'lapsed', never, { ...deadlines, purgeAt: never })),
    );
  return { count: gifts.length, notices };
}

/** See `MaintenanceLedger.returnSetAside`. */
export async function returnSetAside({ db }: Tx, deadlines: Deadlines, limit: number): Promise<SweepResult> {
  const notices: TicketNotice[] = [];
  const gifts = await db
    .selectFrom('gift')
    .select('id')
    .where('state', '=', 'quarantined')
    .where('purge_at', '=', never)
    .limit(limit)
    .execute();
  for (const { id } of gifts) {
    const gift = { ...(await lockGift(db, id)), state: 'leased' as const, remove_at: null, purge_at: null };
    const { state, remove_at, purge_at } = gift;
    await updateGiftEnd(db, gift, { state, remove_at, purge_at });
    await applyChanges(db, gift.pool_id, counterChange('quarantined_total', -1));
    notices.push(...(await enterPool(db, gift, deadlines)));
  }
  return { count: gifts.length, notices };
}
