import { Problem } from '../contract/problems.ts';
import type { TicketFacts } from '../ledger/ledger.ts';
import { type Context, termsAt } from './context.ts';
import { hashOf, isSecret } from './secrets.ts';

/** What became of a gift and its draw. Throws `ticket-unknown`. */
export async function findTicket(context: Context, ticket: string): Promise<TicketFacts> {
  const found = isSecret('ticket', ticket)
    ? await context.ledger.findTicket(hashOf(ticket))
    : undefined;
  if (!found) throw new Problem('ticket-unknown');
  return found;
}

/** Takes a gift back while nobody has drawn it, and its ticket with it. Throws `ticket-unknown`, `gift-drawn`, `draw-made`. */
export async function withdraw(context: Context, ticket: string): Promise<void> {
  if (!isSecret('ticket', ticket)) throw new Problem('ticket-unknown');
  context.board.announce(await context.ledger.withdraw(hashOf(ticket), termsAt(context)));
}
