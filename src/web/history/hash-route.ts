/** The history view as a hash route, so that the browser's back button closes it and a reload keeps it open. */
import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useAbortable } from '../state/use-abortable.ts';

export const historyHash = '#mine';

export interface HistoryRoute {
  readonly isOpen: boolean;
  /** Closes the view and moves the focus to its link or to the stage. */
  close(to?: 'link' | 'stage'): void;
}

interface FocusTargets {
  readonly link: RefObject<HTMLElement | null>;
  readonly stage: RefObject<HTMLElement | null>;
}

/** Follows the hash; moves the focus when the view closes. */
export function useHistoryRoute({ link, stage }: FocusTargets): HistoryRoute {
  const [isOpen, setOpen] = useState(isAtHistory);
  const navigation = useRef<Navigation>({
    isBackInPage: false,
    isLeaving: false,
    to: 'link',
  }).current;
  useAbortable((signal) => {
    const onNavigate = () => {
      // After a navigation within the page, the previous entry of the session is the page.
      navigation.isBackInPage = isAtHistory();
      navigation.isLeaving = false;
      setOpen(isAtHistory());
    };
    addEventListener('hashchange', onNavigate, { signal });
    addEventListener('popstate', onNavigate, { signal });
  }, []);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    const target = navigation.to === 'link' ? link.current : stage.current?.querySelector('[data-focus]');
    if (wasOpen.current && !isOpen) (target as HTMLElement | null | undefined)?.focus();
    wasOpen.current = isOpen;
    navigation.to = 'link';
  }, [isOpen]);
  const close = useCallback((to: Navigation['to'] = 'link') => {
    if (!isAtHistory() || navigation.isLeaving) return;
    navigation.to = to;
    if (leave(navigation)) setOpen(false);
  }, []);
  return { isOpen, close };
}

interface Navigation {
  /** True if `history.back()` leads to the page and not away from it. */
  isBackInPage: boolean;
  /** `history.back()` is asynchronous; a second call would leave the page. */
  isLeaving: boolean;
  /** The next target of the focus. */
  to: 'link' | 'stage';
}

/** Also where a sign-in elsewhere leads back to, and the links in mails. */
const isAtHistory = () => /^#(?:mine$|account|sign-in=)/.test(location.hash);

/** Returns true if the view is closed synchronously. */
function leave(navigation: Navigation): boolean {
  if (navigation.isBackInPage) {
    navigation.isLeaving = true;
    history.back();
    return false;
  }
  history.replaceState(history.state, '', location.pathname + location.search);
  return true;
}
