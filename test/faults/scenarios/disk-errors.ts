/** The disk refuses: by strace, from the k-th call of a kind on, or once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, type Left, noteDeath, play, type Scenario } from '../scenario-runner.ts';
import { disturbed, disturbers, restart } from './kills.ts';

/** What fails with what, and at most how many calls go well before. */
const errors: readonly (readonly [call: string, error: string, most: number])[] = [
  ['fsync', 'EIO', 80],
  ['fdatasync', 'EIO', 40],
  ['fsync', 'ENOSPC', 80],
  ['pwrite64', 'EIO', 300],
  ['pwrite64', 'ENOSPC', 300],
  ['rename', 'EIO', 20],
  ['rename', 'ENOSPC', 20],
  ['unlink', 'EIO', 8],
  ['openat', 'EMFILE', 80],
];

async function run(lab: Lab): Promise<Left> {
  const { dice, history } = lab;
  return play(lab, { largest: 300_000, pause: 5 }, async ({ service, crowd }) => {
    for (let point = 0; point < lab.points; point++) {
      const [call, error, most] = errors[point % errors.length] as (typeof errors)[number];
      const from = 1 + dice.roll(most);
      const when = dice.chance(0.5) ? `${from}` : `${from}+`;
      service.kill('SIGKILL');
      await noteDeath(lab, service, `before ${error} of ${call} ${when}`);
      const begun = Date.now();
      await restart(lab, service, disturbed(call, `error=${error}`, when));
      await crowd.more(150, sleep(2_000));
      history.note({ act: 'trouble', from: begun, until: Date.now(), what: `${error} ${call}` });
    }
    service.kill('SIGKILL');
    await noteDeath(lab, service, 'the last');
    await service.restart(lab.manner);
  });
}

export const errorsOfTheDisk: Scenario = {
  name: 'errors',
  about: 'fsync, write, rename, unlink or open answer EIO, ENOSPC or EMFILE, once or from then on.',
  unit: 'errors',
  points: { short: 6, usual: 40 },
  sites: ['embedded'],
  programs: disturbers,
  run,
};
