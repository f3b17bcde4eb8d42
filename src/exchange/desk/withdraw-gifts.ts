import type { SweepResult } from '../../ledger/types.ts';
import { deadlinesFrom } from '../deadlines.ts';
import { type EventBus, publishStep } from '../events.ts';
import type { ExchangeContext } from '../ports.ts';

type WithdrawContext = Pick<ExchangeContext, 'rules' | 'now'> & { readonly events: Pick<EventBus, 'publish'> };
type Withdraw = ExchangeContext['ledger']['quarantineBlocked'];

/** Takes gifts out of circulation, at most `batch` in one transaction; answers how many were there. */
export async function withdrawInBatches(
  context: WithdrawContext,
  keys: readonly string[],
  batch: number,
  withdraw: Withdraw,
): Promise<number> {
  let removed = 0;
  for (let at = 0; at < keys.length; at += batch) {
    const step: SweepResult = await withdraw(keys.slice(at, at + batch), deadlinesFrom(context));
    removed += publishStep(context.events, step);
  }
  return removed;
}
