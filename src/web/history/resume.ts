import {
  canSwitch,
  type Dispatch,
  type ExchangeState,
  type PendingExchange,
  pendingIn,
  pendingKey,
} from '../state/exchange.ts';

/** The stage as the history needs it. */
export interface Stage {
  readonly state: ExchangeState;
  readonly dispatch: Dispatch;
  /** Closes the history. */
  readonly close: () => void;
}

/** True if the stage shows this exchange. */
export function isOnStage({ state }: Stage, pending: PendingExchange): boolean {
  const shown = pendingIn(state);
  return shown !== undefined && pendingKey(shown) === pendingKey(pending);
}

/** True if the stage shows the exchange, or can switch to it without a loss. */
export const canResume = (stage: Stage, pending: PendingExchange): boolean =>
  isOnStage(stage, pending) || canSwitch(stage.state);

/** Shows the exchange on the stage. */
export function resume(stage: Stage, pending: PendingExchange): void {
  if (!isOnStage(stage, pending)) stage.dispatch({ type: 'switched', to: pending });
  stage.close();
}

/** True if the stage has a delivery that is arriving or not saved yet. */
export function hasUnsavedDelivery({ name, ...state }: ExchangeState): boolean {
  if (name === 'arrived') return !('isSaved' in state && state.isSaved);
  return name === 'receiving' || name === 'interrupted';
}
