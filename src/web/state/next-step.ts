/** What the stage turns to, for everybody who ends something there. */

import { isUnfinished } from './batch-item.ts';
import type { ExchangeState, NextStep } from './exchange.ts';
import type { Services } from './services.ts';

/** The view of many as long as it has something left to do, else the one thing that is owed, else the counter. */
export function nextStep({ store, uploader }: Services): NextStep {
  uploader.syncWithHistory();
  const pending = store.pending();
  if (uploader.batch.items.some(isUnfinished) || pending.length > 1) return 'batch';
  uploader.clear();
  return pending[0];
}

/** Whether there is more to see than what the stage shows, and nothing is lost by turning to it. */
export function hasMorePending({ name }: ExchangeState, { store, uploader }: Services): boolean {
  const unsettled = uploader.batch.items.filter(isUnfinished).length;
  if (name === 'idle') return unsettled > 0;
  return (
    (name === 'drawing' || name === 'waiting') && Math.max(unsettled, store.pending().length) > 1
  );
}
