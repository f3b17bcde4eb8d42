/** S3 refuses, does not answer, aborts or damages transfers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../clients/seeded-random.ts';
import type { S3Fault } from '../../setup/faulty-s3.ts';
import type { FaultyServers } from '../environment.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** Known failures of S3 and networks. Offsets are random. */
const faults: Readonly<Record<string, (random: SeededRandom) => S3Fault>> = {
  '500 InternalError': () => ({ refuse: 'InternalError' }),
  '503 SlowDown': () => ({ refuse: 'SlowDown' }),
  '403 AccessDenied': () => ({ refuse: 'AccessDenied' }),
  'an answer of nobody known': () => ({ refuse: 'a stranger' }),
  'a full bucket': () => ({ refuse: 'QuotaExceeded' }),
  silence: () => ({ noAnswer: true }),
  'work without an answer': () => ({ dropAnswer: true }),
  'half of what is sent': (random) => ({ cutRequestAfter: random.below(2_000) }),
  'half a body': (random) => ({ cutAfter: random.below(2_000) }),
  'a body that stops': (random) => ({ stallAfter: random.below(2_000) }),
  'a flipped bit on the way out': (random) => ({ flipAnswer: random.below(2_000) }),
  'a flipped bit on the way in': (random) => ({ flipRequest: random.below(2_000) }),
};

async function run(lab: Lab): Promise<Remainder> {
  const { site, random, history } = lab;
  const { s3 } = site.servers as FaultyServers;
  const all = Object.entries(faults);
  const left = await runUnderLoad(lab, { maxGiftSize: 300_000 }, async ({ workload }) => {
    for (let point = 0; point < lab.points; point++) {
      await workload.waitForActions(30 + random.below(50));
      const [what, fault] = all[point % all.length] as (typeof all)[number];
      const from = Date.now();
      const share = random.pick([0.1, 0.5, 1]);
      s3.fail(() => (random.chance(share) ? fault(random) : undefined));
      const isAway = random.chance(0.1);
      if (isAway) await s3.down();
      await sleep(200 + random.below(600));
      s3.fail();
      if (isAway) await s3.up();
      history.note({ action: 'trouble', from, until: Date.now(), what });
    }
    await workload.waitForActions(50);
  });
  return { ...left, isDamaging: true };
}

export const s3Outage: Scenario = {
  name: 's3-outage',
  summary: 'S3 refuses, does not answer, aborts transfers, damages bytes, or is unreachable.',
  unit: 'faults',
  points: { short: 6, usual: 48 },
  sites: ['servers'],
  run,
};
