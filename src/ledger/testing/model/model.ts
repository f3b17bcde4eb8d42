/**
 * The rules of the ledger once more, as plainly as possible: arrays, and no counters. For random choices the model answers
 * the eligible gifts and adopts the ledger's choice.
 */
import type { FileKind, Thanks } from '../../../contract/vocabulary.ts';
import type {
  Deadlines,
  DeliveryProgress,
  DeliveryState,
  GiftState,
  ResponseProgress,
  TicketNotice,
  TicketRowState,
} from '../../types.ts';

export interface ModelGift {
  readonly key: string;
  readonly giver: string;
  readonly sha256: string;
  readonly extension: string;
  readonly kind: FileKind;
  readonly size: number;
  readonly givenAt: number;
  /** When it ends by its giver's choice. */
  expiresAt: number | null;
  state: GiftState;
  removeAt: number | null;
  purgeAt: number | null;
  keepUntil: number | null;
  thanks: Thanks | null;
}

export interface ModelTicket {
  readonly hash: string;
  readonly id: number;
  readonly gift: ModelGift;
  expiresAt: number;
  state: TicketRowState;
  /** The kinds it draws; null for any. */
  wish: readonly FileKind[] | null;
  owedKind: FileKind | null;
  /** The gift of its last delivery that lapsed. */
  lapsedGift?: ModelGift;
  lapses: number;
  /** True after a delivery that broke off when most bytes were sent. */
  isForgiven: boolean;
  drawsAfter: number;
}

export interface ModelDelivery {
  /** Unknown until its bearer fetches it. */
  id: number | undefined;
  secret: string | undefined;
  readonly gift: ModelGift;
  readonly ticket: ModelTicket | undefined;
  state: DeliveryState;
  leaseUntil: number;
  /** When the lease ends at the latest; 0 while held. */
  leaseLimit: number;
  arrived: Set<number>;
  purgeAt: number | null;
  receivedAt: number | null;
  isOffloaded: boolean;
  endings: number;
  isReported: boolean;
}

export interface Model {
  gifts: ModelGift[];
  /** In the order in which they were earned. */
  tickets: ModelTicket[];
  /** In the order of their creation. */
  deliveries: ModelDelivery[];
  /** The times of all gifts given, and of all that were delivered and not reopened. */
  given: number[];
  delivered: number[];
  quarantined: number;
  /** The party that reported each delivery, also of those that are purged. */
  reports: Map<number, { readonly sha256: string; readonly party: string }>;
  /** The bytes that are withheld. */
  withheld: Set<string>;
}

export const newModel = (): Model => ({
  gifts: [],
  tickets: [],
  deliveries: [],
  given: [],
  delivered: [],
  quarantined: 0,
  reports: new Map(),
  withheld: new Set(),
});

export const pooled = ({ gifts }: Model) => gifts.filter(({ state }) => state === 'pooled');
export const kept = ({ gifts }: Model) =>
  gifts.filter(({ state, removeAt }) => state === 'pooled' || state === 'leased' || removeAt !== null);
export const owed = ({ tickets }: Model) => tickets.filter(({ state }) => state === 'open' || state === 'waiting');
export const hasFreeGift = (model: Model) => pooled(model).length > owed(model).length;
/** The pooled gifts of a kind beyond those that open tickets are owed. */
export const spare = (model: Model, kind: FileKind) =>
  pooled(model).filter((gift) => gift.kind === kind).length -
  owed(model).filter(({ owedKind }) => owedKind === kind).length;
export const isFree = (model: Model, { kind }: ModelGift) => hasFreeGift(model) && spare(model, kind) > 0;
export const ticketOf = (model: Model, gift: ModelGift) => model.tickets.find((ticket) => ticket.gift === gift);
export const deliveryOfTicket = (model: Model, ticket: ModelTicket) =>
  model.deliveries.find(
    (delivery) => delivery.ticket === ticket && ['held', 'open', 'received'].includes(delivery.state),
  );

const isEligible = (gift: ModelGift, ticket: ModelTicket, spareGifts: number) =>
  gift.giver !== ticket.gift.giver &&
  gift.sha256 !== ticket.gift.sha256 &&
  (ticket.wish === null || ticket.wish.includes(gift.kind)) &&
  (gift.kind === ticket.owedKind || spareGifts > 0);

export const eligible = (model: Model, ticket: ModelTicket) =>
  pooled(model).filter((gift) => isEligible(gift, ticket, spare(model, gift.kind)));

export const notify = (ticket: ModelTicket | undefined, event: TicketNotice['event']): TicketNotice[] =>
  ticket ? [{ ticketId: ticket.id, event }] : [];

/** When the bytes may be removed, unless a report keeps them longer. */
export const removalTime = ({ keepUntil }: ModelGift, at: number) => Math.max(at, keepUntil ?? 0);

export function quarantineGift(model: Model, gift: ModelGift, deadlines: Deadlines): TicketNotice[] {
  const ends = {
    removeAt: removalTime(gift, deadlines.now),
    purgeAt: deadlines.purgeAt,
    thanks: null,
  };
  Object.assign(gift, ends, { state: 'quarantined' });
  model.quarantined += 1;
  return notify(ticketOf(model, gift), 'removed');
}

/** The last day of the year 9998. */
const untilDecision = Date.UTC(9998, 11, 31);

export function withholdGift(model: Model, gift: ModelGift, deadlines: Deadlines): TicketNotice[] {
  return quarantineGift(model, gift, { ...deadlines, now: untilDecision, purgeAt: untilDecision });
}

/** The first waiting ticket takes the gift; without one it is pooled. One that is withheld does not return to the pool. */
export function enterPool(model: Model, gift: ModelGift, deadlines: Deadlines): TicketNotice[] {
  if (gift.keepUntil !== null && model.withheld.has(gift.sha256)) return withholdGift(model, gift, deadlines);
  gift.thanks = null;
  const spareGifts = spare(model, gift.kind) + 1;
  const line = model.tickets.filter(({ state }) => state === 'waiting').toSorted((a, b) => a.lapses - b.lapses);
  const ticket = line.find((one) => isEligible(gift, one, spareGifts));
  gift.state = ticket ? 'leased' : 'pooled';
  if (!ticket) return [];
  ticket.state = 'ready';
  if (ticket.owedKind !== null) ticket.owedKind = gift.kind;
  const hold = {
    ...newDelivery(),
    id: undefined,
    secret: undefined,
    state: 'held' as const,
  };
  model.deliveries.push({ ...hold, gift, ticket, leaseUntil: deadlines.holdUntil, leaseLimit: 0 });
  return notify(ticket, 'ready');
}

const newDelivery = () => ({
  arrived: new Set<number>(),
  purgeAt: null,
  receivedAt: null,
  isOffloaded: false,
  endings: 0,
  isReported: false,
});

export function give(
  model: Model,
  gift: ModelGift,
  ticket: Pick<ModelTicket, 'hash' | 'id' | 'wish'> | undefined,
  deadlines: Deadlines,
): TicketNotice[] {
  model.gifts.push(gift);
  model.given.push(deadlines.now);
  const owedKind = ticket?.wish?.includes(gift.kind) ? gift.kind : null;
  const expiresAt = Math.min(deadlines.ticketUntil, gift.expiresAt ?? Number.POSITIVE_INFINITY);
  const fresh = { lapses: 0, isForgiven: false, drawsAfter: 0, state: 'open' as const };
  if (ticket) model.tickets.push({ ...ticket, ...fresh, gift, owedKind, expiresAt });
  return enterPool(model, gift, deadlines);
}

const leaseFrom = ({ leaseUntil, renewalPerByte }: Deadlines, { size }: ModelGift) => ({
  leaseUntil,
  leaseLimit: leaseUntil + Math.max(size, 131_072) * (renewalPerByte ?? 0),
});

const renewedLease = ({ leaseLimit }: ModelDelivery, { leaseUntil }: Deadlines) => Math.min(leaseUntil, leaseLimit);

/** Turns the gift that the ledger drew into a delivery. */
export function openDelivery(
  model: Model,
  gift: ModelGift,
  ticket: ModelTicket | undefined,
  identity: { readonly id: number; readonly secret: string },
  deadlines: Deadlines,
): void {
  gift.state = 'leased';
  if (ticket) ticket.state = 'drawn';
  if (ticket?.owedKind) ticket.owedKind = gift.kind;
  const fresh = { ...newDelivery(), ...leaseFrom(deadlines, gift) };
  model.deliveries.push({ ...identity, ...fresh, gift, ticket, state: 'open' });
}

export function fetchHeldGift(
  hold: ModelDelivery,
  identity: { readonly id: number; readonly secret: string },
  deadlines: Deadlines,
): void {
  Object.assign(hold, identity, { state: 'open', ...leaseFrom(deadlines, hold.gift) });
  if (hold.ticket) hold.ticket.state = 'drawn';
}

export function renewLease(
  delivery: ModelDelivery | undefined,
  [start, end]: readonly [number, number],
  deadlines: Deadlines,
  response: ResponseProgress,
): DeliveryProgress {
  if (delivery && response === 'ended') delivery.endings += 1;
  if (delivery?.state === 'received') return 'final';
  if (delivery?.state !== 'open') return 'over';
  const before = delivery.arrived.size;
  for (let byte = start; byte < end; byte += 1) delivery.arrived.add(byte);
  if (response === 'running' || delivery.arrived.size > before) delivery.leaseUntil = renewedLease(delivery, deadlines);
  const bytes = Array.from({ length: delivery.gift.size }, (_, byte) => byte);
  const isWhole = bytes.every((byte) => delivery.arrived.has(byte));
  return isWhole && delivery.endings > 0 ? 'complete' : 'partial';
}

/** True if it was possible. */
export function noteOffloaded(delivery: ModelDelivery | undefined, deadlines: Deadlines): boolean {
  if (delivery?.state !== 'open') return delivery?.state === 'received';
  Object.assign(delivery, { leaseUntil: renewedLease(delivery, deadlines), isOffloaded: true });
  return true;
}

function shortenGrace(gift: ModelGift, removeAt: number): void {
  if (gift.removeAt !== null && gift.keepUntil === null) gift.removeAt = Math.min(gift.removeAt, removeAt);
}

export function complete(
  model: Model,
  delivery: ModelDelivery | undefined,
  deadlines: Deadlines,
): TicketNotice[] | undefined {
  if (delivery?.state === 'received') {
    delivery.endings += 1;
    shortenGrace(delivery.gift, deadlines.removeAt);
    return [];
  }
  return delivery?.state === 'open' ? completeOpen(model, delivery, deadlines) : undefined;
}

export function completeOpen(model: Model, delivery: ModelDelivery, deadlines: Deadlines): TicketNotice[] {
  const { gift, ticket } = delivery;
  const { now, purgeAt } = deadlines;
  Object.assign(delivery, { state: 'received', purgeAt, receivedAt: now });
  delivery.endings += 1;
  const removeAt = removalTime(gift, deadlines.removeAt);
  Object.assign(gift, { state: 'delivered', removeAt, purgeAt });
  if (ticket) ticket.state = 'spent';
  model.delivered.push(now);
  return notify(ticketOf(model, gift), 'landed');
}

export function reopen(model: Model, delivery: ModelDelivery | undefined, deadlines: Deadlines): TicketNotice[] {
  if (delivery?.state !== 'received') return [];
  if (delivery.endings > 1) {
    delivery.endings -= 1;
    return [];
  }
  const { gift, ticket } = delivery;
  if (gift.removeAt === null || gift.removeAt <= deadlines.now || ticket?.isForgiven) return [];
  const arrived = new Set(Array.from({ length: gift.size }, (_, byte) => byte));
  const fresh = { leaseUntil: renewedLease(delivery, deadlines), arrived, purgeAt: null, endings: 0 };
  Object.assign(delivery, fresh, { state: 'open' });
  Object.assign(gift, { state: 'leased', removeAt: null, purgeAt: null });
  if (ticket) ticket.state = 'drawn';
  model.delivered.splice(model.delivered.indexOf(delivery.receivedAt ?? -1), 1);
  delivery.receivedAt = null;
  return notify(ticketOf(model, gift), 'reopened');
}

export function quarantine(model: Model, delivery: ModelDelivery | undefined, deadlines: Deadlines): void {
  if (delivery?.state === 'received') shortenGrace(delivery.gift, deadlines.now);
  if (delivery?.state !== 'open') return;
  Object.assign(delivery, { state: 'damaged', purgeAt: deadlines.purgeAt });
  const { purgeAt } = deadlines;
  quarantineGift(model, delivery.gift, deadlines);
  delivery.gift.removeAt = removalTime(delivery.gift, purgeAt);
  if (delivery.ticket) delivery.ticket.state = 'open';
}

export function quarantineMissing(model: Model, gift: ModelGift, deadlines: Deadlines): boolean {
  if (gift.state !== 'pooled' && gift.state !== 'leased') return false;
  const delivery = model.deliveries.find(
    ({ state, ...of }) => of.gift === gift && (state === 'held' || state === 'open'),
  );
  if (delivery) Object.assign(delivery, { state: 'damaged', purgeAt: deadlines.purgeAt });
  if (delivery?.ticket) delivery.ticket.state = 'open';
  quarantineGift(model, gift, deadlines);
  gift.removeAt = null;
  return true;
}

/** A ticket changes its mind. A gift of another kind that is held for it returns to the pool. */
export function changeWish(model: Model, ticket: ModelTicket, wish: readonly FileKind[] | null, deadlines: Deadlines) {
  const isSame = JSON.stringify(wish) === JSON.stringify(ticket.wish);
  const isOver = ticket.state !== 'ready' && ticket.expiresAt <= deadlines.now;
  if (isSame || isOver || !['open', 'waiting', 'ready'].includes(ticket.state)) return;
  const hold = deliveryOfTicket(model, ticket);
  if (hold && (wish === null || wish.includes(hold.gift.kind))) return;
  if (hold) Object.assign(hold, { state: 'lapsed', purgeAt: deadlines.purgeAt });
  ticket.state = 'open';
  ticket.wish = wish;
  if (ticket.owedKind !== null && !wish?.includes(ticket.owedKind)) ticket.owedKind = null;
  if (hold) enterPool(model, hold.gift, deadlines);
}

/** A ticket begins to wait. One whose wish came later is owed the kind of its own gift from now on, if one is spare. */
export function wait(model: Model, ticket: ModelTicket): void {
  const { kind, state } = ticket.gift;
  const canOwe =
    ticket.owedKind === null && ticket.wish?.includes(kind) && state === 'pooled' && spare(model, kind) > 0;
  if (canOwe) ticket.owedKind = kind;
  ticket.state = 'waiting';
}

/** The code of the problem, if any. */
export function shorten(ticket: ModelTicket | undefined, endsAt: number): string | undefined {
  if (!ticket) return 'ticket-unknown';
  if (ticket.state === 'withdrawn' || ticket.state === 'expired') return `ticket-${ticket.state}`;
  if (ticket.gift.state !== 'pooled') return 'gift-drawn';
  ticket.gift.expiresAt = Math.min(endsAt, ticket.gift.expiresAt ?? endsAt);
  ticket.expiresAt = Math.min(endsAt, ticket.expiresAt);
  return undefined;
}

/** The notices, or the code of the problem. */
export function withdraw(model: Model, ticket: ModelTicket | undefined, deadlines: Deadlines): TicketNotice[] | string {
  if (!ticket) return 'ticket-unknown';
  if (ticket.state === 'withdrawn') return [];
  if (ticket.state === 'expired') return 'ticket-expired';
  if (ticket.state === 'drawn' || ticket.state === 'spent') return 'draw-made';
  if (ticket.gift.state !== 'pooled') return 'gift-drawn';
  const hold = deliveryOfTicket(model, ticket);
  const { now, purgeAt } = deadlines;
  Object.assign(ticket.gift, {
    state: 'withdrawn',
    removeAt: removalTime(ticket.gift, now),
    purgeAt,
  });
  ticket.state = 'withdrawn';
  if (hold) Object.assign(hold, { state: 'lapsed', purgeAt });
  return [...notify(ticket, 'withdrawn'), ...(hold ? enterPool(model, hold.gift, deadlines) : [])];
}
