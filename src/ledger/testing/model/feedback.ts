/** Thanks and reports, in the model. */
import type { Thanks } from '../../../contract/vocabulary.ts';
import type { Deadlines, TicketNotice } from '../../types.ts';
import {
  finish,
  hasFree,
  type Model,
  type ModelDelivery,
  notify,
  setAside,
  ticketOf,
} from './model.ts';

export function thank(
  model: Model,
  delivery: ModelDelivery | undefined,
  thanks: Thanks,
): TicketNotice[] | undefined {
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
  if (!delivery.reported) {
    gift.keepUntil = Math.max(deadlines.keepUntil, gift.keepUntil ?? 0);
    if (gift.removeAt !== null) gift.removeAt = Math.max(gift.removeAt, gift.keepUntil);
  }
  delivery.reported = true;
  return delivery.state === 'lapsed'
    ? recall(model, delivery, deadlines)
    : finish(model, delivery, deadlines);
}

function recall(
  model: Model,
  { gift, ticket }: ModelDelivery,
  deadlines: Deadlines,
): TicketNotice[] {
  const held = model.deliveries.find((other) => other.gift === gift && other.state === 'held');
  if (gift.state !== 'pooled' && !held) return [];
  if (ticket?.state === 'open' || ticket?.state === 'waiting') ticket.state = 'spent';
  else if (!hasFree(model)) return [];
  const notices = setAside(model, gift, deadlines);
  if (!held) return notices;
  Object.assign(held, { state: 'lapsed', purgeAt: deadlines.purgeAt });
  if (held.ticket) held.ticket.state = 'open';
  return [...notices, ...notify(held.ticket, 'reopened')];
}
