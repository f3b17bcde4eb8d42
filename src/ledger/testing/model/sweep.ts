/** The effects of time, in the model. */
import type { Deadlines, TicketNotice } from '../../types.ts';
import {
  completeOpen,
  deliveryOfTicket,
  enterPool,
  isFree,
  type Model,
  type ModelDelivery,
  type ModelGift,
  type ModelTicket,
  notify,
  owed,
  pooled,
  removalTime,
  ticketOf,
} from './model.ts';

export function expireLeases(model: Model, deadlines: Deadlines, limit: number): TicketNotice[][] {
  const expired = model.deliveries
    .filter(({ state }) => state === 'held' || state === 'open')
    .filter(({ leaseUntil }) => leaseUntil <= deadlines.now)
    .sort((a, b) => a.leaseUntil - b.leaseUntil)
    .slice(0, limit);
  return expired.map((delivery) => {
    const { ticket, gift } = delivery;
    const wasHeld = delivery.state === 'held';
    if (delivery.isOffloaded || (!wasHeld && ticket?.isForgiven && hasSentMost(delivery)))
      return completeOpen(model, delivery, deadlines);
    if (ticket) countLapse(ticket, delivery, deadlines);
    Object.assign(delivery, { state: 'lapsed', purgeAt: deadlines.purgeAt });
    if (ticket) ticket.state = 'open';
    const holdUntil = wasHeld ? Math.min(deadlines.holdUntil, deadlines.now + 60_000) : deadlines.holdUntil;
    return [...notify(ticket, 'reopened'), ...enterPool(model, gift, { ...deadlines, holdUntil })];
  });
}

const hasSentMost = ({ arrived, gift }: ModelDelivery) => arrived.size * 2 > gift.size;

function countLapse(ticket: ModelTicket, delivery: ModelDelivery, { now, leaseUntil }: Deadlines): void {
  ticket.lapses += 1;
  if (delivery.state === 'held') return;
  ticket.lapsedGift = delivery.gift;
  const leases = [0, 1, 6][ticket.lapses - 1] ?? 144;
  ticket.drawsAfter = leases === 0 ? 0 : now + leases * (leaseUntil - now);
  if (hasSentMost(delivery)) ticket.isForgiven = true;
}

export function expire(model: Model, deadlines: Deadlines, giftsBefore: number): TicketNotice[][] {
  const oldTickets = owed(model)
    .filter(({ expiresAt }) => expiresAt <= deadlines.now)
    .sort((a, b) => a.expiresAt - b.expiresAt);
  for (const ticket of oldTickets) ticket.state = 'expired';
  const notices = oldTickets.map((ticket) => notify(ticket, 'expired'));
  const isChosen = ({ expiresAt }: ModelGift) => expiresAt !== null && expiresAt <= deadlines.now;
  const chosen = pooled(model)
    .filter(isChosen)
    .sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0));
  for (const gift of new Set([...chosen, ...pooled(model).filter(({ givenAt }) => givenAt < giftsBefore)])) {
    if (!isFree(model, gift)) continue;
    const { now, purgeAt } = deadlines;
    Object.assign(gift, { state: 'expired', removeAt: removalTime(gift, now), purgeAt });
    notices.push(notify(ticketOf(model, gift), 'expired'));
  }
  return notices;
}

/** Answers how many rows are purged; a gift with its dependent rows counts as one. */
export function purge(model: Model, now: number): number {
  const due = <T extends { purgeAt: number | null }>({ purgeAt }: T) => purgeAt !== null && purgeAt <= now;
  const isNeeded = (ticket: ModelTicket | undefined) =>
    ticket !== undefined &&
    (['open', 'waiting', 'ready', 'drawn'].includes(ticket.state) ||
      deliveryOfTicket(model, ticket)?.gift.removeAt != null);
  const purged = new Set(
    model.gifts.filter(due).filter((gift) => gift.removeAt === null && !isNeeded(ticketOf(model, gift))),
  );
  model.gifts = model.gifts.filter((gift) => !purged.has(gift));
  model.tickets = model.tickets.filter(({ gift }) => !purged.has(gift));
  const remaining = model.deliveries.filter(({ gift }) => !purged.has(gift));
  model.deliveries = remaining.filter((delivery) => !due(delivery) || !['lapsed', 'damaged'].includes(delivery.state));
  return purged.size + remaining.length - model.deliveries.length;
}
