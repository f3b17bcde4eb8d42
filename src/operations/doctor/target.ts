import type { Board } from '../../exchange/events.ts';
import type { Context } from '../../exchange/ports.ts';
import type { FoundLedger } from '../../ledger/ledger.ts';
import type { FoundVault } from '../../vault/vault.ts';

/** An exchange that is examined; time and chance are among it, so that a test can say what they are. */
export interface Patient extends Pick<Context, 'rules' | 'now'> {
  readonly ledger: FoundLedger;
  readonly vault: FoundVault;
  /** Where it is made known what a repair changed. */
  readonly board: Pick<Board, 'announce'>;
  /** A whole number from 0 to below n, each as likely. */
  roll(n: number): number;
}

/** What goes on meanwhile. */
export interface Watch {
  /** Says how far it is; a sentence replaces the one before. */
  progress(sentence: string): void;
  /** Waits a while before a fault is looked for again: what only moved will have arrived. */
  settle(): Promise<void>;
}
