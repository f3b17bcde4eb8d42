import type { Kind } from '../contract/kinds.ts';

/** How many of a file's first bytes are looked at. */
export const headSize = 64 * 1024;

/** What inspection found: all of it safe to store and to show as text. */
export interface Finding {
  /** Cleaned; at most 200 bytes of UTF-8; never empty. */
  readonly name: string;
  /** Lower case without the dot, one of a known list; `unknown` for none. */
  readonly extension: string;
  readonly mimeType: string;
  readonly kind: Kind;
}

export interface Candidate {
  readonly name: string;
  /** What the client said it is; a hint only. */
  readonly declaredType?: string | undefined;
  /** The first bytes, up to `headSize`; the whole file when it is smaller. */
  readonly head: Uint8Array;
}

export type Inspect = (candidate: Candidate) => Promise<Finding>;
