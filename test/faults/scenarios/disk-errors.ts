/** The disk fails: strace injects an error at the k-th call of a kind, or from then on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';
import { straceProgram, tryRestart, underStrace } from './kills.ts';

/** The call that fails, its error, and the largest k. */
const errors: readonly (readonly [call: string, error: string, maxBefore: number])[] = [
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

async function run(lab: Lab): Promise<Remainder> {
  const { random, history } = lab;
  return runUnderLoad(lab, { maxGiftSize: 300_000, pause: 5 }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      const [call, error, maxBefore] = errors[point % errors.length] as (typeof errors)[number];
      const from = 1 + random.below(maxBefore);
      const when = random.chance(0.5) ? `${from}` : `${from}+`;
      service.kill('SIGKILL');
      await recordDeath(lab, service, `before ${error} of ${call} ${when}`);
      const begun = Date.now();
      await tryRestart(lab, service, underStrace(call, `error=${error}`, when));
      await workload.waitForActions(150, sleep(2_000));
      history.note({ action: 'trouble', from: begun, until: Date.now(), what: `${error} ${call}` });
    }
    service.kill('SIGKILL');
    await recordDeath(lab, service, 'the last');
    await service.restart(lab.runOptions);
  });
}

export const diskErrors: Scenario = {
  name: 'disk-errors',
  summary: 'fsync, write, rename, unlink or open fail with EIO, ENOSPC or EMFILE, once or from then on.',
  unit: 'errors',
  points: { short: 6, usual: 40 },
  sites: ['embedded'],
  programs: straceProgram,
  run,
};
