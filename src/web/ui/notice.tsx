import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Why } from '../failures.ts';
import { sentenceOf } from '../i18n/messages.tsx';

/** What a visitor should know; it stays until something else happens. */
export function Notice({ why, children }: { why: Why; children?: ComponentChildren }) {
  const notice = useRef<HTMLDivElement>(null);
  // In a low window it may lie below the edge.
  useLayoutEffect(() => notice.current?.scrollIntoView({ block: 'nearest' }), [why]);
  return (
    <div class="notice" ref={notice}>
      <p>{sentenceOf(why)}</p>
      {children}
    </div>
  );
}
