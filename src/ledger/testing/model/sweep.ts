/** The effects of time, in the model. */
import type { Deadlines, TicketNotice } from '../../types.ts';
import {
  conclude,
  deliveryOfTicket,
  enter,
  hasFree,
  type Model,
  type ModelTicket,
  notify,
  owed,
  pooled,
  removal,
  ticketOf,
} from './model.ts';

export function lapse(model: Model, deadlines: Deadlines, limit: number): TicketNotice[][] {
  const over = model.deliveries
    .filter(({ state }) => state === 'held' || state === 'open')
    .filter(({ leaseUntil }) => leaseUntil <= deadlines.now)
    .sort((a, b) => a.leaseUntil - b.leaseUntil)
    .slice(0, limit);
  return over.map((delivery) => {
    if (delivery.handedOver) return conclude(model, delivery, deadlines);
    Object.assign(delivery, { state: 'lapsed', purgeAt: deadlines.purgeAt });
    if (delivery.ticket) delivery.ticket.state = 'open';
    return [...notify(delivery.ticket, 'reopened'), ...enter(model, delivery.gift, deadlines)];
  });
}

export function expire(model: Model, deadlines: Deadlines, giftsBefore: number): TicketNotice[][] {
  const oldTickets = owed(model).filter(({ expiresAt }) => expiresAt <= deadlines.now);
  for (const ticket of oldTickets) ticket.state = 'expired';
  const notices = oldTickets.map((ticket) => notify(ticket, 'expired'));
  for (const gift of pooled(model).filter(({ givenAt }) => givenAt < giftsBefore)) {
    if (!hasFree(model)) break;
    const { now, purgeAt } = deadlines;
    Object.assign(gift, { state: 'expired', removeAt: removal(gift, now), purgeAt });
    notices.push(notify(ticketOf(model, gift), 'expired'));
  }
  return notices;
}

/** Answers how many rows are purged; a gift with its dependent rows counts as one. */
export function purge(model: Model, now: number): number {
  const due = <T extends { purgeAt: number | null }>({ purgeAt }: T) =>
    purgeAt !== null && purgeAt <= now;
  const isNeeded = (ticket: ModelTicket | undefined) =>
    ticket !== undefined &&
    (['open', 'waiting', 'ready', 'drawn'].includes(ticket.state) ||
      deliveryOfTicket(model, ticket)?.gift.removeAt != null);
  const gone = new Set(
    model.gifts
      .filter(due)
      .filter((gift) => gift.removeAt === null && !isNeeded(ticketOf(model, gift))),
  );
  model.gifts = model.gifts.filter((gift) => !gone.has(gift));
  model.tickets = model.tickets.filter(({ gift }) => !gone.has(gift));
  const left = model.deliveries.filter(({ gift }) => !gone.has(gift));
  model.deliveries = left.filter(
    (delivery) => !due(delivery) || !['lapsed', 'damaged'].includes(delivery.state),
  );
  return gone.size + left.length - model.deliveries.length;
}
