/** The list has an address of its own within the page, so that the way back is the browser's, and a reload keeps it open. */
import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useAbortable } from '../state/use-abortable.ts';

export const historyHash = '#mine';

export interface HistoryRoute {
  readonly isOpen: boolean;
  /** Closes the list; the focus goes back to the link that opens it, or to what lies on the counter. */
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
      // Whoever comes to it within the page has the page behind them.
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
  /** Whether going back leaves the list, and not the page. */
  isBackOurs: boolean;
  /** A browser goes back in its own time, and going twice would go too far. */
  isLeaving: boolean;
  /** Where the focus goes. */
  to: 'link' | 'stage';
}

const isAtMine = () => location.hash === historyHash;

/** Answers whether it is done already. */
function leave(way: Way): boolean {
  if (way.isBackOurs) {
    way.isLeaving = true;
    history.back();
    return false;
  }
  history.replaceState(history.state, '', location.pathname + location.search);
  return true;
}
