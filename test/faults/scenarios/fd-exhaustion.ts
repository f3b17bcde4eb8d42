/** The process reaches its limit of file descriptors. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { countOpenFiles, expectConnectionsClosed } from '../open-files.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

async function run(lab: Lab): Promise<Remainder> {
  const { random, history } = lab;
  return runUnderLoad(lab, { maxGiftSize: 300_000, pause: 10 }, async ({ service, workload, idleOpenFiles }) => {
    await workload.waitForActions(200);
    for (let point = 0; point < lab.points; point++) {
      const from = Date.now();
      allow(service.pid, countOpenFiles(service.pid) + random.below(6));
      await workload.waitForActions(300, sleep(2_000));
      allow(service.pid, 100_000);
      history.note({ action: 'trouble', from, until: Date.now(), what: 'no descriptors' });
      await workload.waitForActions(100);
    }
    await workload.stop();
    await expectConnectionsClosed(lab, service.pid, idleOpenFiles);
  });
}

const allow = (pid: number, files: number) => spawnSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);

export const fdExhaustion: Scenario = {
  name: 'fd-exhaustion',
  summary: 'The process cannot open files or connections for a while.',
  unit: 'periods',
  points: { short: 2, usual: 10 },
  sites: ['embedded', 'servers'],
  programs: { prlimit: 'util-linux' },
  run,
};
