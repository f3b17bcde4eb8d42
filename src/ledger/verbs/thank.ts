import type { Thanks } from '../../contract/vocabulary.ts';
import { lockDelivery } from '../matching/delivery-rows.ts';
import { noticeToGiver } from '../matching/gift-rows.ts';
import type { Db } from '../schema/tables.ts';
import type { TicketNotice } from '../types.ts';

/**
 * See `Ledger.thank`. Thanks belong to whoever has the gift, and lie with it: they are there as long as that delivery is open
 * or final, one that is taken back and still its receiver's included, and are gone with the first step towards anybody else
 * (`enterPool`). Nothing is noted about who said them.
 */
export async function thank(
  db: Db,
  id: number,
  thanks: Thanks,
): Promise<readonly TicketNotice[] | undefined> {
  const row = await lockDelivery(db, id);
  if (row?.state !== 'open' && row?.state !== 'received') return undefined;
  await db.updateTable('gift').set({ thanks }).where('id', '=', row.gift_id).execute();
  return noticeToGiver(db, row.gift_id, 'thanked');
}
