/** What a work is given, and what it gives. */

import type { LoadGenerator } from '../load/load.ts';
import type { Peer, PeerId } from '../peers/peer.ts';
import type { Comparison, Measured } from '../report/types.ts';

export interface BenchContext {
  readonly generator: LoadGenerator;
  /** Empty, and thrown away after the work. */
  readonly folder: string;
  readonly rounds: number;
  /** Those of these peers that were asked for and can run here. */
  among(ids: readonly PeerId[]): PeerId[];
  peers(ids: readonly PeerId[], settings?: Readonly<Record<string, string>>): Promise<Peer[]>;
  /** Says on the terminal what is being done. */
  status(what: string): void;
}

export interface WorkloadResult {
  readonly measured: Measured;
  readonly comparisons: readonly Comparison[];
}
