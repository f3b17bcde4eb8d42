import type { TargetedFocusEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Last {
  readonly element: Element;
  /** The row it is in, and where that stands. */
  readonly row: HTMLElement | null;
  readonly at: number;
}

/**
 * When the button that had the focus is gone, its row gets the focus, or the row that took its place, or the heading: so that
 * the keyboard stays where it was. Answers what the element around all of them listens to.
 */
export function useNearbyFocus() {
  const last = useRef<Last>(undefined);
  useLayoutEffect(() => {
    if (last.current?.element.isConnected !== false) return;
    const { row, at } = last.current;
    last.current = undefined;
    if (document.activeElement !== document.body) return;
    const rows = document.querySelectorAll<HTMLElement>('.files > li');
    const near = row?.isConnected ? row : row && (rows[at] ?? rows[at - 1]);
    (near ?? document.querySelector<HTMLElement>('.stage [data-focus]'))?.focus();
  });
  return {
    onFocusIn: ({ target }: TargetedFocusEvent<HTMLElement>) => {
      if (!(target instanceof Element)) return;
      const row = target.closest<HTMLElement>('.files > li');
      const at = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
      last.current = { element: target, row, at };
    },
    onFocusOut: ({ target }: TargetedFocusEvent<HTMLElement>) => {
      // Whoever went elsewhere left the element behind; one that is taken away is gone a moment later.
      queueMicrotask(() => {
        const isLeft = last.current?.element === target && last.current.element.isConnected;
        if (isLeft) last.current = undefined;
      });
    },
  };
}
