/** Thanks and reports, in the model. */
import type { Thanks } from '../../../contract/vocabulary.ts';
import type { Deadlines, TicketNotice } from '../../types.ts';
import { type Model, type ModelDelivery, type ModelGift, notify, ticketOf, withholdGift } from './model.ts';

export function thank(model: Model, delivery: ModelDelivery | undefined, thanks: Thanks): TicketNotice[] | undefined {
  if (delivery?.state !== 'open' && delivery?.state !== 'received') return undefined;
  delivery.gift.thanks = thanks;
  return notify(ticketOf(model, delivery.gift), 'thanked');
}

/** How many parties withhold a file together. */
const minParties = 3;

export function report(
  model: Model,
  delivery: ModelDelivery | undefined,
  party: string,
  deadlines: Deadlines,
): TicketNotice[] | undefined {
  if (!delivery || delivery.state === 'held' || delivery.state === 'damaged') return undefined;
  const { gift } = delivery;
  if (!delivery.isReported) {
    gift.keepUntil = Math.max(deadlines.keepUntil, gift.keepUntil ?? 0);
    if (gift.removeAt !== null) gift.removeAt = Math.max(gift.removeAt, gift.keepUntil);
  }
  delivery.isReported = true;
  model.reports.set(delivery.id ?? 0, { sha256: gift.sha256, party });
  const parties = [...model.reports.values()].filter(({ sha256 }) => sha256 === gift.sha256);
  if (new Set(parties.map((one) => one.party)).size >= minParties) model.withheld.add(gift.sha256);
  return model.withheld.has(gift.sha256) ? removeFromCirculation(model, gift, deadlines) : [];
}

function removeFromCirculation(model: Model, gift: ModelGift, deadlines: Deadlines): TicketNotice[] {
  const hold = model.deliveries.find((other) => other.gift === gift && other.state === 'held');
  if (gift.state !== 'pooled' && !hold) return [];
  const notices = withholdGift(model, gift, deadlines);
  if (!hold) return notices;
  Object.assign(hold, { state: 'lapsed', purgeAt: deadlines.purgeAt });
  if (hold.ticket) hold.ticket.state = 'open';
  return [...notices, ...notify(hold.ticket, 'reopened')];
}
