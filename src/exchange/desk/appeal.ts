import { deadlinesFrom } from '../deadlines.ts';
import type { ExchangeContext } from '../ports.ts';
import { hashOfTicket } from '../secrets.ts';

/** Appeals against the removal of the gift that earned a ticket. Throws `ticket-unknown`, `appeal-over`. */
export async function appealRemoval(
  context: Pick<ExchangeContext, 'ledger' | 'rules' | 'now'>,
  ticket: string,
  text: string,
): Promise<void> {
  await context.ledger.appeal(hashOfTicket(ticket), text, deadlinesFrom(context));
}
