/** All scenarios, in the order in which they run. */
import type { Scenario } from './scenario-runner.ts';
import { absent } from './scenarios/abandoned-clients.ts';
import { aborts } from './scenarios/aborts.ts';
import { rot } from './scenarios/bit-rot.ts';
import { clocks } from './scenarios/clocks.ts';
import { database } from './scenarios/database.ts';
import { errorsOfTheDisk } from './scenarios/disk-errors.ts';
import { full } from './scenarios/disk-full.ts';
import { handles } from './scenarios/fd-exhaustion.ts';
import { kills } from './scenarios/kills.ts';
import { power } from './scenarios/power.ts';
import { store } from './scenarios/s3-outage.ts';
import { ending } from './scenarios/shutdown.ts';
import { slow } from './scenarios/slow-clients.ts';
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
