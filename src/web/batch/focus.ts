import type { TargetedFocusEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Last {
  readonly element: Element;
  /** The row of the element, and the row's index. */
  readonly row: HTMLElement | null;
  readonly at: number;
}

/**
 * When the focused button is removed, focuses its row, the row in its place, or the heading. Returns handlers for the
 * element around the rows.
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
      // Wait for a removal: `focusout` also fires before the element is removed.
      queueMicrotask(() => {
        const isLeft = last.current?.element === target && last.current.element.isConnected;
        if (isLeft) last.current = undefined;
      });
    },
  };
}
