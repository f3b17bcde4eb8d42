/** The disk refuses: by strace, from the k-th call of a kind on, or once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../setup/service.ts';
import { crowdAt, type Lab, type Left, noteDeath, type Scenario } from '../lab.ts';
import { startOn } from '../site.ts';
import { disturbed, disturbers } from './kills.ts';

/** What fails with what, and at most how many calls go well before. */
const errors: readonly (readonly [call: string, error: string, most: number])[] = [
  ['fsync', 'EIO', 80],
  ['fsync', 'ENOSPC', 80],
  ['pwrite64', 'EIO', 300],
  ['pwrite64', 'ENOSPC', 300],
  ['rename', 'EIO', 20],
  ['rename', 'ENOSPC', 20],
  ['unlink', 'EIO', 8],
  ['openat', 'EMFILE', 80],
];

async function run(lab: Lab): Promise<Left> {
  const { dice, manner } = lab;
  const service = await startOn(lab.site, manner);
  lab.atEnd(() => service.stop());
  const crowd = crowdAt(lab, () => service.url, { largest: 300_000, pause: 5 });
  for (let point = 0; point < lab.points; point++) {
    const [call, error, most] = errors[point % errors.length] as (typeof errors)[number];
    const from = 1 + dice.roll(most);
    const when = dice.chance(0.5) ? `${from}` : `${from}+`;
    service.kill('SIGKILL');
    await noteDeath(lab, service, `before ${error} of ${call} ${when}`);
    const begun = Date.now();
    await restart(service, disturbed(call, `error=${error}`, when), lab);
    await crowd.more(150, sleep(2_000));
    lab.history.note({ act: 'trouble', from: begun, until: Date.now(), what: `${error} ${call}` });
  }
  service.kill('SIGKILL');
  await noteDeath(lab, service, 'the last');
  await service.restart(manner);
  await crowd.stop();
  lab.complaints.push(...crowd.world.complaints);
  service.kill('SIGTERM');
  await service.ended();
  return { crowd: crowd.world };
}

/** It may refuse to start at all. */
const restart = (service: Service, under: readonly string[], { manner }: Lab) =>
  service.restart({ ...manner, under }).catch(() => undefined);

export const errorsOfTheDisk: Scenario = {
  name: 'errors',
  about: 'fsync, write, rename, unlink or open answer EIO, ENOSPC or EMFILE, once or from then on.',
  unit: 'errors',
  points: { short: 6, usual: 40 },
  sites: ['embedded'],
  programs: disturbers,
  run,
};
