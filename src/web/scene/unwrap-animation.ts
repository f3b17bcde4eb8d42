/** The animation that unwraps a delivery. Any click or key skips it. */
import { useState } from 'preact/hooks';
import { useAbortable } from '../state/use-abortable.ts';

/** The string is on, the string is off, the lid is open. */
export type UnwrapStep = 'arrived' | 'loosened' | 'unwrapped';

/** Runs a task after a time, unless the returned function is called before. */
export type Schedule = (task: () => void, milliseconds: number) => () => void;

/** Duration of each step in milliseconds. With the rising card it takes 1.1 seconds. */
export const unwrapDurations = { arrived: 350, loosened: 300, rising: 450 } as const;

/** Shows the steps until the signal aborts. The returned function opens the parcel at once. */
export function playUnwrapping(show: (step: UnwrapStep) => void, schedule: Schedule, signal: AbortSignal): () => void {
  let cancel = schedule(() => {
    show('loosened');
    cancel = schedule(() => show('unwrapped'), unwrapDurations.loosened);
  }, unwrapDurations.arrived);
  signal.addEventListener('abort', () => cancel());
  return () => {
    cancel();
    show('unwrapped');
  };
}

const schedule: Schedule = (task, milliseconds) => {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
};

const prefersReducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The current step. The animation starts when the page is visible, and is left out with `prefers-reduced-motion`. */
export function useUnwrapping(): UnwrapStep {
  const [step, setStep] = useState<UnwrapStep>(() => (prefersReducedMotion() ? 'unwrapped' : 'arrived'));
  const isOpen = step === 'unwrapped';
  useAbortable(
    (signal) => {
      if (!isOpen) skipOnInput(unwrapWhenSeen(setStep, signal), signal);
    },
    [isOpen],
  );
  return step;
}

/** Waits for a hidden tab: timers are throttled there, and the animation would be over unseen. */
function unwrapWhenSeen(show: (step: UnwrapStep) => void, signal: AbortSignal): () => void {
  let skip: (() => void) | undefined;
  const start = () => {
    if (document.visibilityState === 'visible') skip ??= playUnwrapping(show, schedule, signal);
  };
  document.addEventListener('visibilitychange', start, { signal });
  start();
  return () => (skip ? skip() : show('unwrapped'));
}

const skipKeys: ReadonlySet<string> = new Set(['Enter', ' ', 'Escape']);

function skipOnInput(skip: () => void, signal: AbortSignal): void {
  addEventListener('click', skip, { signal });
  addEventListener(
    'keydown',
    (event) => {
      if (!skipKeys.has(event.key)) return;
      // Without this, a space scrolls the opened card away. A focusable target keeps its own reaction to the key.
      const isUnfocusable = event.target instanceof HTMLElement && event.target.tabIndex < 0;
      if (isUnfocusable) event.preventDefault();
      skip();
    },
    { signal },
  );
}
