import { type Dispatch, keyOf, mayTurn, type Owed, owedIn, type State } from '../state/exchange.ts';

/** What lies on the counter, as far as the list needs to know. */
export interface Stage {
  readonly state: State;
  readonly dispatch: Dispatch;
  /** Back to the counter. */
  readonly go: () => void;
}

export function isOnStage({ state }: Stage, owed: Owed): boolean {
  const there = owedIn(state);
  return there !== undefined && keyOf(there) === keyOf(owed);
}

export const mayGoTo = (stage: Stage, owed: Owed): boolean =>
  isOnStage(stage, owed) || mayTurn(stage.state);

/** Shows it on the counter. */
export function goTo(stage: Stage, owed: Owed): void {
  if (!isOnStage(stage, owed)) stage.dispatch({ type: 'turned', to: owed });
  stage.go();
}

/** Whether something lies there that is more than a ticket: a file on its way, or one that was not saved yet. */
export function isInHand({ name, ...state }: State): boolean {
  if (name === 'arrived') return !('saved' in state && state.saved);
  return name === 'receiving' || name === 'broken';
}
