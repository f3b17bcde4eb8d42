import type { ComponentChildren, RefObject } from 'preact';

interface ScrollProps {
  readonly class: string;
  readonly label: string;
  readonly area?: RefObject<HTMLElement | null>;
  readonly children: ComponentChildren;
}

/** A labelled area that can be scrolled by keyboard. */
export function ScrollArea({ class: className, label, area, children }: ScrollProps) {
  return (
    <section
      class={`scroll ${className}`}
      {...(area ? { ref: area } : {})}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: only what has the focus is scrolled by keys.
      tabIndex={0}
      aria-label={label}
    >
      {children}
    </section>
  );
}
