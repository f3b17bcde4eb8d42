/** How a batch stands as a whole, in numbers. */

import { type Item, isOnItsWay, wasGiven } from '../state/batch-item.ts';
import type { Batch } from './batch.ts';

export interface Totals {
  /** Files of ours: those on their way, and what became of the others. */
  readonly all: number;
  readonly given: number;
  readonly refused: number;
  readonly failed: number;
  readonly same: number;
  readonly cancelled: number;
  readonly onTheirWay: number;
  /** Bytes that have left, and all that leave or have left. */
  readonly moved: number;
  readonly whole: number;
}

export function totalsOf({ items }: Pick<Batch, 'items'>): Totals {
  const are = (name: Item['standing']['name']) =>
    items.filter(({ standing }) => standing.name === name).length;
  // What is known from before travelled before.
  const travelling = items.filter((item) => item.offering && (isOnItsWay(item) || wasGiven(item)));
  return {
    all: items.length - are('taken'),
    given: items.filter(wasGiven).length,
    refused: are('refused'),
    failed: are('failed'),
    same: are('duplicate'),
    cancelled: are('cancelled'),
    onTheirWay: items.filter(isOnItsWay).length,
    moved: travelling.reduce((sum, item) => sum + movedOf(item), 0),
    whole: travelling.reduce((sum, { size }) => sum + size, 0),
  };
}

function movedOf({ standing, size }: Item): number {
  if (standing.name === 'queued') return 0;
  return standing.name === 'sending' ? size * standing.share : size;
}
