/** What a work is given, and what it gives. */

import type { Load } from '../load/load.ts';
import type { Peer, PeerId } from '../peers/peer.ts';
import type { Line, Measured } from '../report/comparisons.ts';

export interface Bench {
  readonly load: Load;
  /** Empty, and thrown away after the work. */
  readonly folder: string;
  readonly rounds: number;
  /** Those of these peers that were asked for and can run here. */
  among(ids: readonly PeerId[]): PeerId[];
  peers(ids: readonly PeerId[], settings?: Readonly<Record<string, string>>): Promise<Peer[]>;
  /** Says on the terminal what is being done. */
  say(what: string): void;
}

export interface Results {
  readonly measured: Measured;
  readonly lines: readonly Line[];
}
