import { Problem } from '../contract/problems/problem.ts';
import type { TicketFacts } from '../ledger/types.ts';
import { deadlinesFrom } from './deadlines.ts';
import type { ExchangeContext } from './ports.ts';
import { hashOfTicket } from './secrets.ts';

/** Finds a ticket with the state of its gift. Throws `ticket-unknown`. */
export async function lookUpTicket(context: ExchangeContext, ticket: string): Promise<TicketFacts> {
  const found = await context.ledger.findTicket(hashOfTicket(ticket));
  if (!found) throw new Problem('ticket-unknown');
  return found;
}

/** Withdraws a gift that has not been drawn, together with its ticket. Throws `ticket-unknown`, `gift-drawn`, `draw-made`. */
export async function withdraw(context: ExchangeContext, ticket: string): Promise<void> {
  const hash = hashOfTicket(ticket); // mutant: unlink-before-withdrawal
  context.events.publish(await context.ledger.withdraw(hash, deadlinesFrom(context)));
}
