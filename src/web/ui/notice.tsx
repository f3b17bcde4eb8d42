import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from '../failures.ts';
import { failureSentence } from '../i18n/messages.tsx';

/** What a visitor should know; it stays until something else happens. */
export function FailureNotice({
  failure,
  children,
}: {
  failure: Failure;
  children?: ComponentChildren;
}) {
  const notice = useRef<HTMLDivElement>(null);
  // In a low window it may lie below the edge.
  useLayoutEffect(() => notice.current?.scrollIntoView({ block: 'nearest' }), [failure]);
  return (
    <div class="notice" ref={notice}>
      <p>{failureSentence(failure)}</p>
      {children}
    </div>
  );
}
