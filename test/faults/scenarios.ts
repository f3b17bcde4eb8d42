/** All scenarios, in the order in which they run. */
import type { Scenario } from './lab.ts';
import { aborts } from './scenarios/aborts.ts';
import { absent } from './scenarios/absent.ts';
import { clocks } from './scenarios/clocks.ts';
import { database } from './scenarios/database.ts';
import { ending } from './scenarios/ending.ts';
import { errorsOfTheDisk } from './scenarios/errors.ts';
import { full } from './scenarios/full.ts';
import { handles } from './scenarios/handles.ts';
import { kills } from './scenarios/kills.ts';
import { power } from './scenarios/power.ts';
import { rot } from './scenarios/rot.ts';
import { slow } from './scenarios/slow.ts';
import { store } from './scenarios/store.ts';
import { workers } from './scenarios/workers.ts';

export const scenarios: readonly Scenario[] = [
  kills,
  workers,
  power,
  errorsOfTheDisk,
  database,
  store,
  aborts,
  absent,
  ending,
  full,
  handles,
  slow,
  clocks,
  rot,
];
