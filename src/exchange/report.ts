import { Problem } from '../contract/problems/problem.ts';
import type { ReportDetails, ReportResult } from '../ledger/types.ts';
import { deadlinesFrom } from './deadlines.ts';
import { findAnyDelivery } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

/**
 * Reports the gift of a delivery, a lapsed one included since its receiver may have seen a part. Throws `delivery-unknown`,
 * `gift-damaged`, and `delivery-over` when the rows are purged.
 */
export async function report(context: ExchangeContext, secret: string, details: ReportDetails): Promise<ReportResult> {
  const { id } = await findAnyDelivery(context, secret);
  const reported = await context.ledger.report(id, details, deadlinesFrom(context));
  if (!reported) throw new Problem('delivery-over');
  context.events.publish(reported.notices);
  return reported;
}
