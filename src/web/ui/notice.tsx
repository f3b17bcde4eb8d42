import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from '../failures.ts';
import { failureSentence } from '../i18n/messages.tsx';

/** True if the visitor got what was asked for, and nothing went wrong. */
const isGoodNews = ({ code }: Failure) => code === 'taken-back' || code === 'cancelled';

/** A failure as a sentence, with actions. It stays until the state changes. */
export function FailureNotice({ failure, children }: { failure: Failure; children?: ComponentChildren }) {
  const notice = useRef<HTMLDivElement>(null);
  // In a low window it may be below the edge.
  useLayoutEffect(() => notice.current?.scrollIntoView({ block: 'nearest' }), [failure]);
  return (
    <div class={isGoodNews(failure) ? 'notice is-good' : 'notice'} ref={notice}>
      <p>{failureSentence(failure)}</p>
      {children}
    </div>
  );
}
