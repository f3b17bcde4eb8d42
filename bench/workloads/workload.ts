/** The context of a workload, and its result. */

import type { LoadGenerator } from '../load/load.ts';
import type { Peer, PeerId } from '../peers/peer.ts';
import type { Comparison, Measured } from '../report/types.ts';

export interface BenchContext {
  readonly generator: LoadGenerator;
  /** Empty, and deleted after the workload. */
  readonly folder: string;
  readonly rounds: number;
  /** Of these peers, those that were chosen and can run here. */
  among(ids: readonly PeerId[]): PeerId[];
  peers(ids: readonly PeerId[], settings?: Readonly<Record<string, string>>): Promise<Peer[]>;
  /** Prints the current step on the terminal. */
  status(what: string): void;
}

export interface WorkloadResult {
  readonly measured: Measured;
  readonly comparisons: readonly Comparison[];
}
