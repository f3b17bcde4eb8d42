import type { EventBus } from '../../exchange/events.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { ExistingLedger } from '../../ledger/ledger.ts';
import type { ExistingVault } from '../../vault/vault.ts';

/** An exchange that is examined; time and chance are among it, so that a test can say what they are. */
export interface Target extends Pick<ExchangeContext, 'rules' | 'now'> {
  readonly ledger: ExistingLedger;
  readonly vault: ExistingVault;
  /** Where it is made known what a repair changed. */
  readonly events: Pick<EventBus, 'publish'>;
  /** A whole number from 0 to below n, each as likely. */
  roll(n: number): number;
}

/** What goes on meanwhile. */
export interface ProgressSink {
  /** Says how far it is; a sentence replaces the one before. */
  progress(sentence: string): void;
  /** Waits a while before a fault is looked for again: what only moved will have arrived. */
  settle(): Promise<void>;
}
