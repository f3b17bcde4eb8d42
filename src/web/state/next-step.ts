/** What the stage turns to, for everybody who ends something there. */

import { isUnsettled } from './batch-item.ts';
import type { Next, State } from './exchange.ts';
import type { Tools } from './services.ts';

/** The view of many as long as it has something left to do, else the one thing that is owed, else the counter. */
export function onward({ keep, run }: Tools): Next {
  run.compare();
  const owed = keep.owed();
  if (run.batch.items.some(isUnsettled) || owed.length > 1) return 'many';
  run.clear();
  return owed[0];
}

/** Whether there is more to see than what the stage shows, and nothing is lost by turning to it. */
export function hasMore({ name }: State, { keep, run }: Tools): boolean {
  const unsettled = run.batch.items.filter(isUnsettled).length;
  if (name === 'idle') return unsettled > 0;
  return (name === 'drawing' || name === 'waiting') && Math.max(unsettled, keep.owed().length) > 1;
}
