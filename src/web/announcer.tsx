import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from './failures.ts';
import { countToGive } from './files/selected-files.ts';
import { failureSentence, joinSentences, t } from './i18n/messages.tsx';
import { type ExchangeState, isSharedOffer, type OfferState } from './state/exchange.ts';

interface AnnouncementProps {
  readonly state: ExchangeState;
  readonly pageFailure: Failure | undefined;
  readonly isOnline: boolean;
  readonly maxSize: number | undefined;
  /** The sentence about the batch; see `announcementText`. */
  readonly many: string;
}

/**
 * The page's one live region. It exists from the first render: screen readers miss text that appears together with its
 * element.
 */
export function Announcement({ pageFailure, isOnline, ...said }: AnnouncementProps) {
  return (
    <div class={pageFailure ? 'aside' : 'only-heard'}>
      <p role="status">
        {joinSentences(!isOnline && t('offline'), pageFailure ? failureSentence(pageFailure) : heardOf(said))}
      </p>
      {pageFailure?.code === 'part-missing' && (
        <button type="button" onClick={() => location.reload()}>
          {t('reload')}
        </button>
      )}
    </div>
  );
}

function heardOf({ state, many, maxSize }: Pick<AnnouncementProps, 'state' | 'many' | 'maxSize'>): string {
  const failure = 'failure' in state && state.failure ? failureSentence(state.failure) : '';
  switch (state.name) {
    case 'idle':
      return failure;
    case 'offered':
      return joinSentences(failure, offerText(state, maxSize));
    case 'batch':
      return joinSentences(failure, many);
    case 'giving':
      return joinSentences(t('giving'), state.keyedFile.file.name);
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
      return state.isSaved ? t('saved') : joinSentences(t('arrived'), state.parcel.name, t('arrived.more'));
  }
}

/** The question of an offer, or what was shared. */
export const offerText = (state: OfferState, maxSize: number | undefined): string =>
  isSharedOffer(state)
    ? t('shared', { count: state.offered.length })
    : t('offer', { count: countToGive(state.offered, maxSize) });

/**
 * Moves the focus to the heading of the stage if the focused element was removed, so that the keyboard stays in place.
 */
export function useFocusFallback(stage: RefObject<HTMLElement | null>, stateName: string): void {
  // Skip the first render: the page has just opened and no focus was lost.
  const isOpen = useRef(false);
  useLayoutEffect(() => {
    const focused = document.activeElement;
    const isLost = focused === null || focused === document.body;
    if (isLost && isOpen.current) stage.current?.querySelector<HTMLElement>('[data-focus]')?.focus();
    isOpen.current = true;
  }, [stateName]);
}
