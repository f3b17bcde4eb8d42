import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Why } from './failures.ts';
import { inTurn, sentenceOf, t } from './i18n/messages.tsx';
import type { State } from './state/exchange.ts';

interface AnnouncementProps {
  readonly state: State;
  readonly aside: Why | undefined;
  readonly isOnline: boolean;
  /** What is to be heard of many files. */
  readonly many: string;
}

/**
 * Says aloud what changed. One element for all, there from the start: screen readers miss what appears together with its
 * element. What concerns the page as a whole is shown as well.
 */
export function Announcement({ state, aside, isOnline, many }: AnnouncementProps) {
  return (
    <p class={aside ? 'aside' : 'only-heard'} role="status">
      {inTurn(!isOnline && t('offline'), aside ? sentenceOf(aside) : heardOf(state, many))}
    </p>
  );
}

function heardOf(state: State, many: string): string {
  const why = 'why' in state && state.why ? sentenceOf(state.why) : '';
  switch (state.name) {
    case 'idle':
      return why;
    case 'shared':
      return inTurn(why, t('shared', { count: state.shared.length }));
    case 'many':
      return inTurn(why, many);
    case 'giving':
      return t('giving');
    case 'taking':
      return t('taking');
    case 'drawing':
      return inTurn(why, t('drawing'));
    case 'waiting':
      return inTurn(why, t('waiting.heard'));
    case 'receiving':
      return t('receiving');
    case 'broken':
      return why;
    case 'arrived':
      return state.saved ? t('saved') : inTurn(t('arrived'), t('arrived.more'));
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
