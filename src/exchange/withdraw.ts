import { Problem } from '../contract/problems/problem.ts';
import type { TicketFacts } from '../ledger/ledger.ts';
import { type Context, termsAt } from './ports.ts';
import { hashOfTicket } from './secrets.ts';

/** What became of a gift and its draw. Throws `ticket-unknown`. */
export async function findTicket(context: Context, ticket: string): Promise<TicketFacts> {
  const found = await context.ledger.findTicket(hashOfTicket(ticket));
  if (!found) throw new Problem('ticket-unknown');
  return found;
}

/** Takes a gift back while nobody has drawn it, and its ticket with it. Throws `ticket-unknown`, `gift-drawn`, `draw-made`. */
export async function withdraw(context: Context, ticket: string): Promise<void> {
  context.board.announce(await context.ledger.withdraw(hashOfTicket(ticket), termsAt(context)));
}
