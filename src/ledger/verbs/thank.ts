import type { Thanks } from '../../contract/vocabulary.ts';
import { lockDelivery } from '../matching/delivery-rows.ts';
import { noticeToGiver } from '../matching/gift-rows.ts';
import type { Db } from '../schema/tables.ts';
import type { TicketNotice } from '../types.ts';

/**
 * See `DeliveryLedger.thank`. Thanks belong to the receiver who has the gift, and are dropped when it returns to the pool
 * (`enterPool`). The receiver is not recorded.
 */
export async function thank(db: Db, id: number, thanks: Thanks): Promise<readonly TicketNotice[] | undefined> {
  const row = await lockDelivery(db, id);
  if (row?.state !== 'open' && row?.state !== 'received') return undefined;
  await db.updateTable('gift').set({ thanks }).where('id', '=', row.gift_id).execute();
  return noticeToGiver(db, row.gift_id, 'thanked');
}
