import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { State } from './exchange.ts';
import type { Why } from './why.ts';
import { sentenceOf, words } from './words.ts';

/**
 * Says aloud what changed. One element for all, there from the start: screen readers miss what appears together with its
 * element. What concerns the page as a whole is shown as well.
 */
export function Announcement({ state, aside }: { state: State; aside: Why | undefined }) {
  return (
    <p class={aside ? 'aside' : 'only-heard'} role="status">
      {aside ? sentenceOf(aside) : heardOf(state)}
    </p>
  );
}

function heardOf(state: State): string {
  const why = 'why' in state && state.why ? `${sentenceOf(state.why)} ` : '';
  switch (state.name) {
    case 'idle':
      return why;
    case 'giving':
      return words.giving;
    case 'taking':
      return words.taking;
    case 'drawing':
      return why + words.drawing;
    case 'waiting':
      return why + words.waitingMore;
    case 'receiving':
      return words.receiving;
    case 'broken':
      return why;
    case 'arrived':
      return state.saved ? words.saved : `${words.arrived} ${words.arrivedMore}`;
  }
}

/** When the thing that had the focus is gone, the stage's first words get it, so that the keyboard stays where it was. */
export function useFocusKept(stage: RefObject<HTMLElement | null>, stateName: string): void {
  // Not when the page opens: nothing was lost then.
  const isOpen = useRef(false);
  useLayoutEffect(() => {
    const focused = document.activeElement;
    const isLost = focused === null || focused === document.body;
    if (isLost && isOpen.current)
      stage.current?.querySelector<HTMLElement>('[data-focus]')?.focus();
    isOpen.current = true;
  }, [stateName]);
}
