import { hourLength } from '../../../contract/vocabulary.ts';
import type { Ledger } from '../../ledger.ts';
import { type Model, newModel } from './model.ts';

export interface World {
  readonly ledger: Ledger;
  readonly model: Model;
  now: number;
  /** Every ticket and delivery that ever existed, purged or not, since a client may still send any of them. */
  readonly hashes: string[];
  readonly ids: number[];
}

export const newWorld = (ledger: Ledger): World => ({
  ledger,
  model: newModel(),
  // Shortly before a full hour.
  now: hourLength - 2000,
  hashes: [],
  ids: [],
});

/** An item of a list by a number that may exceed its length; undefined when the list is empty. */
export const itemAt = <T>(list: readonly T[], number: number): T | undefined => list[number % Math.max(1, list.length)];
