/** The decisions of the desk, from whichever door they come. */
import type { AuditEntry, DeskDecision, ReviewFile } from '../../ledger/desk-types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import { publishStep } from '../events.ts';
import type { ExchangeContext } from '../ports.ts';

export type DeskContext = Pick<ExchangeContext, 'ledger' | 'rules' | 'now'> & {
  readonly events: Pick<ExchangeContext['events'], 'publish'>;
};

/** A decision as a moderator makes it. */
export type ModeratorDecision =
  | Exclude<DeskDecision, { readonly action: 'remove' }>
  | Omit<Extract<DeskDecision, { readonly action: 'remove' }>, 'appealUntil'>;

/** Gifts return to the pool in small transactions, since draws wait for them. */
const batch = 10;

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
    publishStep(events, await ledger.withholdGifts(await ledger.firstGifts(sha256), deadlines));
  while (publishStep(events, await ledger.releaseGifts(deadlines, batch)) > 0);
  return ledger.readReview(sha256);
}
