import { Problem } from '../contract/problems/problem.ts';
import type { ReportDetails, ReportResult } from '../ledger/desk-types.ts';
import { deadlinesFrom } from './deadlines.ts';
import { findAnyDelivery } from './deliver.ts';
import { partiesOf } from './desk/party.ts';
import type { ExchangeContext } from './ports.ts';

/**
 * Reports the gift of a delivery, a lapsed one included since its receiver may have seen a part. Throws `delivery-unknown`,
 * `gift-damaged`, and `delivery-over` when the rows are purged.
 */
export async function report(
  context: ExchangeContext,
  secret: string,
  address: string,
  details: Omit<ReportDetails, 'parties'>,
): Promise<ReportResult> {
  const { id } = await findAnyDelivery(context, secret);
  const parties = await partiesOf(context, address);
  const reported = await context.ledger.report(id, { ...details, parties }, deadlinesFrom(context));
  if (!reported) throw new Problem('delivery-over');
  context.events.publish(reported.notices); // mutant: report-deletes
  return reported;
}
