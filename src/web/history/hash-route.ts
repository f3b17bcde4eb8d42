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

interface Places {
  readonly link: RefObject<HTMLElement | null>;
  readonly stage: RefObject<HTMLElement | null>;
}

export function useHistoryRoute({ link, stage }: Places): HistoryRoute {
  const [isOpen, setOpen] = useState(isAtMine);
  const way = useRef<Way>({ isBackOurs: false, isLeaving: false, to: 'link' }).current;
  useAbortable((signal) => {
    const look = () => {
      // After a navigation within the page, the previous entry of the session is the page.
      way.isBackOurs = isAtMine();
      way.isLeaving = false;
      setOpen(isAtMine());
    };
    addEventListener('hashchange', look, { signal });
    addEventListener('popstate', look, { signal });
  }, []);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    const target = way.to === 'link' ? link.current : stage.current?.querySelector('[data-focus]');
    if (wasOpen.current && !isOpen) (target as HTMLElement | null | undefined)?.focus();
    wasOpen.current = isOpen;
    way.to = 'link';
  }, [isOpen]);
  const close = useCallback((to: Way['to'] = 'link') => {
    if (!isAtMine() || way.isLeaving) return;
    way.to = to;
    if (leave(way)) setOpen(false);
  }, []);
  return { isOpen, close };
}

interface Way {
  /** True if `history.back()` leads to the page and not away from it. */
  isBackOurs: boolean;
  /** `history.back()` is asynchronous; a second call would leave the page. */
  isLeaving: boolean;
  /** The next target of the focus. */
  to: 'link' | 'stage';
}

const isAtMine = () => location.hash === historyHash;

/** Returns true if the view is closed synchronously. */
function leave(way: Way): boolean {
  if (way.isBackOurs) {
    way.isLeaving = true;
    history.back();
    return false;
  }
  history.replaceState(history.state, '', location.pathname + location.search);
  return true;
}
