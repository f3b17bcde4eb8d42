import { Problem } from '../contract/problems/problem.ts';
import type { Complaint, Reported } from '../ledger/ledger.ts';
import { knownDelivery } from './deliver.ts';
import { type Context, termsAt } from './ports.ts';

/**
 * Reports what a delivery brought, also when it has lapsed: its receiver may have seen a part. Throws `delivery-unknown`,
 * `gift-damaged`, and `delivery-over` when the rows went meanwhile.
 */
export async function report(
  context: Context,
  secret: string,
  complaint: Complaint,
): Promise<Reported> {
  const { id } = await knownDelivery(context, secret);
  const reported = await context.ledger.report(id, complaint, termsAt(context));
  if (!reported) throw new Problem('delivery-over');
  context.board.announce(reported.notices);
  return reported;
}
