import type { ComponentChildren } from 'preact';
import type { Why } from './why.ts';
import { sentenceOf } from './words.tsx';

/** What a visitor should know; it stays until something else happens. */
export function Notice({ why, children }: { why: Why; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <p>{sentenceOf(why)}</p>
      {children}
    </div>
  );
}
