/** Thanks and reports, in the model. */
import type { Thanks } from '../../../contract/vocabulary.ts';
import type { Deadlines, TicketNotice } from '../../types.ts';
import { complete, isFree, type Model, type ModelDelivery, notify, quarantineGift, ticketOf } from './model.ts';

export function thank(model: Model, delivery: ModelDelivery | undefined, thanks: Thanks): TicketNotice[] | undefined {
  if (delivery?.state !== 'open' && delivery?.state !== 'received') return undefined;
  delivery.gift.thanks = thanks;
  return notify(ticketOf(model, delivery.gift), 'thanked');
}

export function report(
  model: Model,
  delivery: ModelDelivery | undefined,
  deadlines: Deadlines,
): TicketNotice[] | undefined {
  if (!delivery || delivery.state === 'held' || delivery.state === 'damaged') return undefined;
  const { gift } = delivery;
  if (!delivery.isReported) {
    gift.keepUntil = Math.max(deadlines.keepUntil, gift.keepUntil ?? 0);
    if (gift.removeAt !== null) gift.removeAt = Math.max(gift.removeAt, gift.keepUntil);
  }
  delivery.isReported = true;
  return delivery.state === 'lapsed'
    ? removeFromCirculation(model, delivery, deadlines)
    : complete(model, delivery, deadlines);
}

function removeFromCirculation(model: Model, { gift, ticket }: ModelDelivery, deadlines: Deadlines): TicketNotice[] {
  const hold = model.deliveries.find((other) => other.gift === gift && other.state === 'held');
  if (gift.state !== 'pooled' && !hold) return [];
  if (ticket?.state === 'open' || ticket?.state === 'waiting') ticket.state = 'spent';
  else if (!isFree(model, gift)) return [];
  const notices = quarantineGift(model, gift, deadlines);
  if (!hold) return notices;
  Object.assign(hold, { state: 'lapsed', purgeAt: deadlines.purgeAt });
  if (hold.ticket) hold.ticket.state = 'open';
  return [...notices, ...notify(hold.ticket, 'reopened')];
}
