import { hourLength } from '../../../contract/vocabulary.ts';
import type { Ledger } from '../../ledger.ts';
import { type Model, newModel } from './model.ts';

export interface World {
  readonly ledger: Ledger;
  readonly model: Model;
  now: number;
  /** Every ticket ever earned, and every delivery ever drawn, purged or not: anyone may still ask for them. */
  readonly hashes: string[];
  readonly ids: number[];
}

export const newWorld = (ledger: Ledger): World => ({
  ledger,
  model: newModel(),
  // An hour turns soon.
  now: hourLength - 2000,
  hashes: [],
  ids: [],
});

/** One of a list by a number that may be far beyond its end; undefined when there is none. */
export const one = <T>(list: readonly T[], number: number): T | undefined =>
  list[number % Math.max(1, list.length)];
