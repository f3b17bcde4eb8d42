import { Problem } from '../contract/problems/problem.ts';
import type { FileKind } from '../contract/vocabulary.ts';
import type { DeliveryFacts, Wish } from '../ledger/types.ts';
import { deadlinesFrom } from './deadlines.ts';
import { nameForArrival } from './deliver.ts';
import type { TicketEvent } from './events.ts';
import type { ExchangeContext } from './ports.ts';
import { deliverySecret, hashOf, hashOfTicket, namedGiver, newSecret } from './secrets.ts';

/** A drawn gift: its delivery, and the secret that opens it. */
export interface DrawnDelivery {
  readonly secret: string;
  readonly delivery: DeliveryFacts;
}

/** A draw that found nothing. A ticket waits from now on, and an event tells when its turn comes. */
interface WaitingDraw {
  readonly ticketId: number | null;
}

export type DrawOutcome = DrawnDelivery | WaitingDraw;

export const isDrawn = (draw: DrawOutcome): draw is DrawnDelivery => 'delivery' in draw;

/**
 * Draws with a ticket, and sets its wish if there is one; the same ticket draws the same delivery again. Throws
 * `ticket-unknown`, `ticket-spent`, `ticket-withdrawn`, `ticket-expired`.
 */
export async function drawWithTicket(context: ExchangeContext, ticket: string, wish?: Wish): Promise<DrawOutcome> {
  const ticketHash = hashOfTicket(ticket);
  const nonce = Buffer.from(context.randomBytes(16)).toString('hex');
  const secretHash = hashOf(deliverySecret(ticket, nonce));
  const draw = { ticketHash, nonce, secretHash, ...(wish === undefined ? {} : { wish }) };
  const drawn = await context.ledger.drawForTicket(draw, deadlinesFrom(context));
  const { notices = [] } = drawn;
  if (drawn.outcome === 'drawn' || notices.length > 0) context.events.publish(notices);
  if (drawn.outcome !== 'drawn') return { ticketId: drawn.ticketId };
  const secret = deliverySecret(ticket, drawn.delivery.nonce ?? nonce);
  return { secret, delivery: nameForArrival(context, drawn.delivery) };
}

/** Draws a free gift of these kinds, null for any, and never one of `giver`'s. Throws `free-draws-off`. */
export async function drawFree(
  context: ExchangeContext,
  pool: string,
  giver: string | undefined,
  kinds: readonly FileKind[] | null = null,
): Promise<DrawOutcome> {
  if (!context.rules.freeDraws) throw new Problem('free-draws-off');
  const secret = newSecret(context, 'delivery');
  const named = namedGiver(giver);
  const drawn = await context.ledger.drawFree(
    { pool, giver: named === undefined ? null : hashOf(named), secretHash: hashOf(secret), kinds },
    deadlinesFrom(context),
  );
  if (drawn.outcome !== 'drawn') return { ticketId: null };
  context.events.publish([]);
  return { secret, delivery: nameForArrival(context, drawn.delivery) };
}

/** Events about the gift that earned the ticket, which do not end the wait for another gift. */
const ownGiftEvents: ReadonlySet<TicketEvent> = new Set(['landed', 'thanked', 'removed', 'shortened']);

/** Draws with a ticket, and again after each of its events, until it gets a gift, the time is over, or the signal aborts. */
export async function drawAndWait(
  context: ExchangeContext,
  ticket: string,
  {
    wish,
    maxWait,
    signal,
  }: { readonly wish: Wish | undefined; readonly maxWait: number; readonly signal: AbortSignal },
): Promise<DrawOutcome> {
  const first = await drawWithTicket(context, ticket, wish);
  const mayWait = maxWait > 0 && !signal.aborted;
  if (isDrawn(first) || !mayWait || first.ticketId === null) return first;
  let call = () => {};
  let isOver = false;
  const end = () => {
    isOver = true;
    call();
  };
  const stop = context.events.onTicket(first.ticketId, (event) => {
    if (!ownGiftEvents.has(event)) call();
  });
  const timer = setTimeout(end, maxWait);
  signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      // Subscribed before the draw: the event may come between the draw and the wait.
      const { promise: called, resolve } = Promise.withResolvers<void>();
      call = resolve;
      const draw = await drawWithTicket(context, ticket);
      if (isDrawn(draw) || isOver) return draw;
      await called;
      if (signal.aborted) return draw;
    }
  } finally {
    stop();
    clearTimeout(timer);
  }
}
