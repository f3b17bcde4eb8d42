import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from './failures.ts';
import { failureSentence, joinSentences, t } from './i18n/messages.tsx';
import type { ExchangeState } from './state/exchange.ts';

interface AnnouncementProps {
  readonly state: ExchangeState;
  readonly pageFailure: Failure | undefined;
  readonly isOnline: boolean;
  /** What is to be heard of many files. */
  readonly many: string;
}

/**
 * Says aloud what changed. One element for all, there from the start: screen readers miss what appears together with its
 * element. What concerns the page as a whole is shown as well.
 */
export function Announcement({ state, pageFailure, isOnline, many }: AnnouncementProps) {
  return (
    <p class={pageFailure ? 'aside' : 'only-heard'} role="status">
      {joinSentences(
        !isOnline && t('offline'),
        pageFailure ? failureSentence(pageFailure) : heardOf(state, many),
      )}
    </p>
  );
}

function heardOf(state: ExchangeState, many: string): string {
  const failure = 'failure' in state && state.failure ? failureSentence(state.failure) : '';
  switch (state.name) {
    case 'idle':
      return failure;
    case 'shared':
      return joinSentences(failure, t('shared', { count: state.shared.length }));
    case 'batch':
      return joinSentences(failure, many);
    case 'giving':
      return t('giving');
    case 'drawing-free':
      return t('taking');
    case 'drawing':
      return joinSentences(failure, t('drawing'));
    case 'waiting':
      return joinSentences(failure, t('waiting.heard'));
    case 'receiving':
      return t('receiving');
    case 'interrupted':
      return failure;
    case 'arrived':
      return state.isSaved ? t('saved') : joinSentences(t('arrived'), t('arrived.more'));
  }
}

/** When the thing that had the focus is gone, the stage's first words get it, so that the keyboard stays where it was. */
export function useFocusFallback(stage: RefObject<HTMLElement | null>, stateName: string): void {
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
