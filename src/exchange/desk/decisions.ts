/** The decisions of the desk, from whichever door they come. */
import type { AuditEntry, DeskDecision, ReviewFile } from '../../ledger/desk-types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import { expiryBatch, publishSteps } from '../events.ts';
import type { ExchangeContext } from '../ports.ts';
import { withdrawInBatches } from './withdraw-gifts.ts';

export type DeskContext = Pick<ExchangeContext, 'ledger' | 'rules' | 'now'> & {
  readonly events: Pick<ExchangeContext['events'], 'publish'>;
};

/** A decision as a moderator makes it. */
export type ModeratorDecision =
  | Exclude<DeskDecision, { readonly action: 'remove' }>
  | Omit<Extract<DeskDecision, { readonly action: 'remove' }>, 'appealUntil'>;

/** Decides about all gifts with these bytes; answers the review as it is then. Throws `not-found`. */
export async function decideReview(
  context: DeskContext,
  sha256: string,
  decision: ModeratorDecision,
  actor: AuditEntry['actor'],
): Promise<ReviewFile | undefined> {
  const { ledger, events, rules } = context;
  const deadlines = deadlinesFrom(context);
  const whole: DeskDecision =
    decision.action === 'remove' ? { ...decision, appealUntil: deadlines.now + rules.appealWindow } : decision;
  events.publish(await ledger.decide(sha256, whole, actor, deadlines));
  // At once, and not with the next sweep: the moderator must see that the file is gone.
  if (decision.action === 'remove')
    await withdrawInBatches(context, await ledger.firstGifts(sha256), expiryBatch, ledger.withholdGifts);
  await publishSteps(events, () => ledger.releaseGifts(deadlines, expiryBatch));
  return ledger.readReview(sha256);
}
