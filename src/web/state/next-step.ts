/** The next content of the stage when an exchange ends there. */

import { isUnfinished } from './batch-item.ts';
import { type ArrivedState, type ExchangeState, type NextStep, pendingIn, pendingKey } from './exchange.ts';
import type { Services } from './services.ts';

/**
 * Returns `batch` while an item is unfinished or several exchanges are pending, else the only pending exchange, else
 * nothing.
 */
export function nextStep({ store, uploader }: Services): NextStep {
  uploader.syncWithHistory();
  const pending = store.pending();
  if (uploader.batch.items.some(isUnfinished) || pending.length > 1) return 'batch';
  uploader.clear();
  return pending[0];
}

/** True if more is pending than the stage shows, and switching to it loses nothing. */
export function hasMorePending({ name }: ExchangeState, { store, uploader }: Services): boolean {
  const unsettled = uploader.batch.items.filter(isUnfinished).length;
  if (name === 'idle') return unsettled > 0;
  return (name === 'drawing' || name === 'waiting') && Math.max(unsettled, store.pending().length) > 1;
}

/** True if another exchange is pending beside the delivery on the stage. */
export function hasOtherPending(state: ArrivedState, { store }: Pick<Services, 'store'>): boolean {
  const shown = pendingIn(state);
  return store.pending().some((pending) => !shown || pendingKey(pending) !== pendingKey(shown));
}
