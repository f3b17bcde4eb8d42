import { Problem } from '../contract/problems/problem.ts';
import type { ReportDetails, ReportResult } from '../ledger/types.ts';
import { deadlinesFrom } from './deadlines.ts';
import { findAnyDelivery } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

/**
 * Reports what a delivery brought, also when it has lapsed: its receiver may have seen a part. Throws `delivery-unknown`,
 * `gift-damaged`, and `delivery-over` when the rows went meanwhile.
 */
export async function report(
  context: ExchangeContext,
  secret: string,
  complaint: ReportDetails,
): Promise<ReportResult> {
  const { id } = await findAnyDelivery(context, secret);
  const reported = await context.ledger.report(id, complaint, deadlinesFrom(context));
  if (!reported) throw new Problem('delivery-over');
  context.events.publish(reported.notices);
  return reported;
}
