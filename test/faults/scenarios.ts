/** All scenarios in the order in which they run. */
import type { Scenario } from './scenario-runner.ts';
import { abandonedClients } from './scenarios/abandoned-clients.ts';
import { aborts } from './scenarios/aborts.ts';
import { abuse } from './scenarios/abuse.ts';
import { bitRot } from './scenarios/bit-rot.ts';
import { clocks } from './scenarios/clocks.ts';
import { database } from './scenarios/database.ts';
import { deletedFiles } from './scenarios/deleted-files.ts';
import { diskErrors } from './scenarios/disk-errors.ts';
import { diskFull } from './scenarios/disk-full.ts';
import { drains } from './scenarios/drains.ts';
import { fdExhaustion } from './scenarios/fd-exhaustion.ts';
import { kills } from './scenarios/kills.ts';
import { lapses } from './scenarios/lapses.ts';
import { lostStore } from './scenarios/lost-store.ts';
import { power } from './scenarios/power.ts';
import { s3Outage } from './scenarios/s3-outage.ts';
import { shutdown } from './scenarios/shutdown.ts';
import { slowClients } from './scenarios/slow-clients.ts';
import { tampering } from './scenarios/tampering.ts';
import { workers } from './scenarios/workers.ts';

export const scenarios: readonly Scenario[] = [
  kills,
  workers,
  power,
  diskErrors,
  deletedFiles,
  lostStore,
  database,
  s3Outage,
  aborts,
  abandonedClients,
  shutdown,
  diskFull,
  fdExhaustion,
  slowClients,
  lapses,
  drains,
  abuse,
  clocks,
  bitRot,
  tampering,
];
