import type { Phase } from '../peers/running-peer.ts';

/** Measured phases: by workload, then by peer, round by round. */
export type Measured = Readonly<Record<string, Readonly<Record<string, readonly Phase[]>>>>;

/** A row of the table of targets. */
export interface Comparison {
  readonly work: string;
  readonly against: string;
  readonly target: string;
  readonly found: string;
  readonly isMet: boolean;
}
