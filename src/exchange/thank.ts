import { Problem } from '../contract/problems/problem.ts';
import type { Thanks } from '../contract/vocabulary.ts';
import { findClaimedDelivery } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

/** Sends thanks to the giver of a delivery; a repetition replaces them. Throws `delivery-unknown`, `delivery-over`, `gift-damaged`. */
export async function thank(context: ExchangeContext, secret: string, thanks: Thanks): Promise<void> {
  const { id } = await findClaimedDelivery(context, secret);
  const notices = await context.ledger.thank(id, thanks);
  if (!notices) throw new Problem('delivery-over');
  context.events.publish(notices);
}
