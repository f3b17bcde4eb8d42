import {
  canSwitch,
  type Dispatch,
  type ExchangeState,
  type PendingExchange,
  pendingIn,
  pendingKey,
} from '../state/exchange.ts';

/** What lies on the counter, as far as the list needs to know. */
export interface Stage {
  readonly state: ExchangeState;
  readonly dispatch: Dispatch;
  /** Back to the counter. */
  readonly close: () => void;
}

export function isOnStage({ state }: Stage, pending: PendingExchange): boolean {
  const there = pendingIn(state);
  return there !== undefined && pendingKey(there) === pendingKey(pending);
}

export const canResume = (stage: Stage, pending: PendingExchange): boolean =>
  isOnStage(stage, pending) || canSwitch(stage.state);

/** Shows it on the counter. */
export function resume(stage: Stage, pending: PendingExchange): void {
  if (!isOnStage(stage, pending)) stage.dispatch({ type: 'switched', to: pending });
  stage.close();
}

/** Whether something lies there that is more than a ticket: a file on its way, or one that was not saved yet. */
export function hasUnsavedDelivery({ name, ...state }: ExchangeState): boolean {
  if (name === 'arrived') return !('isSaved' in state && state.isSaved);
  return name === 'receiving' || name === 'interrupted';
}
