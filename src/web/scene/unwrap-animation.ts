/** A parcel that has come is unwrapped before one's eyes, and nobody has to wait for it. */
import { useState } from 'preact/hooks';
import { useAbortable } from '../state/use-abortable.ts';

/** It lies there, its string comes off, its lid is open. */
export type UnwrapStep = 'arrived' | 'loosened' | 'unwrapped';

/** Does something later, unless what it answers is called before. */
export type Schedule = (task: () => void, milliseconds: number) => () => void;

/** How long each step is looked at, in milliseconds. The card takes as long again to rise: 1.2 seconds in all at most. */
export const unwrapDurations = { arrived: 350, loosened: 300, rising: 450 } as const;

/** Shows one step after the other until the signal ends it; what it answers opens the parcel at once. */
export function playUnwrapping(
  show: (step: UnwrapStep) => void,
  later: Schedule,
  signal: AbortSignal,
): () => void {
  let cancel = later(() => {
    show('loosened');
    cancel = later(() => show('unwrapped'), unwrapDurations.loosened);
  }, unwrapDurations.arrived);
  signal.addEventListener('abort', () => cancel());
  return () => {
    cancel();
    show('unwrapped');
  };
}

const later: Schedule = (task, milliseconds) => {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
};

const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Where the unwrapping is: begun when somebody looks, over at a click or a key, and not done at all for who likes no motion. */
export function useUnwrapping(): UnwrapStep {
  const [step, setStep] = useState<UnwrapStep>(() => (isStill() ? 'unwrapped' : 'arrived'));
  const isOpen = step === 'unwrapped';
  useAbortable(
    (signal) => {
      if (!isOpen) watchFor(unwrapWhenSeen(setStep, signal), signal);
    },
    [isOpen],
  );
  return step;
}

/** In a tab that nobody looks at it waits: timers are slow there, and the moment would be missed. */
function unwrapWhenSeen(show: (step: UnwrapStep) => void, signal: AbortSignal): () => void {
  let skip: (() => void) | undefined;
  const begin = () => {
    if (document.visibilityState === 'visible') skip ??= playUnwrapping(show, later, signal);
  };
  document.addEventListener('visibilitychange', begin, { signal });
  begin();
  return () => (skip ? skip() : show('unwrapped'));
}

const skippingKeys: ReadonlySet<string> = new Set(['Enter', ' ', 'Escape']);

function watchFor(skip: () => void, signal: AbortSignal): void {
  addEventListener('click', skip, { signal });
  addEventListener(
    'keydown',
    (event) => {
      if (!skippingKeys.has(event.key)) return;
      // A space would scroll away what is just opened; for what has a meaning of its own for the key it keeps that.
      const isFree = event.target instanceof HTMLElement && event.target.tabIndex < 0;
      if (isFree) event.preventDefault();
      skip();
    },
    { signal },
  );
}
