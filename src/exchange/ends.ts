/** When gifts and tickets end, and the shorter life that a giver may choose. */
import type { GivenGift, TicketFacts } from '../ledger/types.ts';
import type { ExchangeContext } from './ports.ts';
import type { Rules } from './rules.ts';
import { hashOfTicket } from './secrets.ts';
import { lookUpTicket } from './withdraw.ts';

/** How long before its end a ticket or a waiting gift counts as ending, in milliseconds. */
export const endingNotice = 86_400_000;

/** When a gift that waits ends: by its giver's choice, or by the operator's `GIFT_TTL`. */
export const endOfGift = (gift: Pick<GivenGift, 'givenAt' | 'expiresAt'>, { giftTtl }: Rules): number =>
  Math.min(gift.givenAt + giftTtl, gift.expiresAt ?? Number.POSITIVE_INFINITY);

/** When the ticket of a new gift ends. */
export const endOfTicket = (gift: Pick<GivenGift, 'givenAt' | 'expiresAt'>, { ticketTtl }: Rules): number =>
  Math.min(gift.givenAt + ticketTtl, gift.expiresAt ?? Number.POSITIVE_INFINITY);

/** When a ticket or its waiting gift ends next; undefined if neither can. */
export function nextEnd({ state, expiresAt, gift }: TicketFacts, rules: Rules): number | undefined {
  const ends = [
    ...(state === 'open' || state === 'waiting' ? [expiresAt] : []),
    ...(gift.state === 'pooled' ? [endOfGift(gift, rules)] : []),
  ];
  return ends.length > 0 ? Math.min(...ends) : undefined;
}

/**
 * Shortens the life of a waiting gift and of its ticket, unless they end before `endsAt`, and answers the ticket as it is then.
 * Throws `ticket-unknown`, `ticket-withdrawn`, `ticket-expired`, `gift-drawn`.
 */
export async function shortenLife(context: ExchangeContext, ticket: string, endsAt: number): Promise<TicketFacts> {
  await context.ledger.shorten(hashOfTicket(ticket), endsAt);
  const shortened = await lookUpTicket(context, ticket);
  context.events.publish([{ ticketId: shortened.id, event: 'shortened' }]);
  return shortened;
}
