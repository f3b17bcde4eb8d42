/** S3 refuses, is silent, breaks off or damages what passes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Fault } from '../../setup/faulty-s3.ts';
import type { Around } from '../environment.ts';
import { type Lab, type Left, play, type Scenario } from '../scenario-runner.ts';
import type { Dice } from '../seeded-random.ts';

/** Each as S3 and networks are known to fail; by chance where there is a place to choose. */
const faults: Readonly<Record<string, (dice: Dice) => S3Fault>> = {
  '500 InternalError': () => ({ refuse: 'InternalError' }),
  '503 SlowDown': () => ({ refuse: 'SlowDown' }),
  '403 AccessDenied': () => ({ refuse: 'AccessDenied' }),
  'an answer of nobody known': () => ({ refuse: 'a stranger' }),
  'a full bucket': () => ({ refuse: 'QuotaExceeded' }),
  silence: () => ({ noAnswer: true }),
  'work without an answer': () => ({ dropAnswer: true }),
  'half of what is sent': (dice) => ({ cutRequestAfter: dice.roll(2_000) }),
  'half a body': (dice) => ({ cutAfter: dice.roll(2_000) }),
  'a body that stops': (dice) => ({ stallAfter: dice.roll(2_000) }),
  'a flipped bit on the way out': (dice) => ({ flipAnswer: dice.roll(2_000) }),
  'a flipped bit on the way in': (dice) => ({ flipRequest: dice.roll(2_000) }),
};

async function run(lab: Lab): Promise<Left> {
  const { site, dice, history } = lab;
  const { s3 } = site.around as Around;
  const all = Object.entries(faults);
  const left = await play(lab, { largest: 300_000 }, async ({ crowd }) => {
    for (let point = 0; point < lab.points; point++) {
      await crowd.more(30 + dice.roll(50));
      const [what, fault] = all[point % all.length] as (typeof all)[number];
      const from = Date.now();
      const share = dice.one([0.1, 0.5, 1]);
      s3.fail(() => (dice.chance(share) ? fault(dice) : undefined));
      const isAway = dice.chance(0.1);
      if (isAway) await s3.down();
      await sleep(200 + dice.roll(600));
      s3.fail();
      if (isAway) await s3.up();
      history.note({ act: 'trouble', from, until: Date.now(), what });
    }
    await crowd.more(50);
  });
  return { ...left, isDamaging: true };
}

export const store: Scenario = {
  name: 'store',
  about: 'S3 refuses, is silent, breaks off, damages bytes, or is away.',
  unit: 'faults',
  points: { short: 6, usual: 48 },
  sites: ['servers'],
  run,
};
