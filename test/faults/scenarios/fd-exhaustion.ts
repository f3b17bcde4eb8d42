/** No file descriptors are left. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionsSettle, openFiles } from '../open-files.ts';
import { type Lab, type Left, play, type Scenario } from '../scenario-runner.ts';

async function run(lab: Lab): Promise<Left> {
  const { dice, history } = lab;
  return play(lab, { largest: 300_000, pause: 10 }, async ({ service, crowd, idle }) => {
    await crowd.more(200);
    for (let point = 0; point < lab.points; point++) {
      const from = Date.now();
      allow(service.pid, openFiles(service.pid) + dice.roll(6));
      await crowd.more(300, sleep(2_000));
      allow(service.pid, 100_000);
      history.note({ act: 'trouble', from, until: Date.now(), what: 'no descriptors' });
      await crowd.more(100);
    }
    await crowd.stop();
    await connectionsSettle(lab, service.pid, idle);
  });
}

const allow = (pid: number, files: number) =>
  spawnSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);

export const handles: Scenario = {
  name: 'handles',
  about: 'The process may open no more files and connections for a while.',
  unit: 'times',
  points: { short: 2, usual: 10 },
  sites: ['embedded', 'servers'],
  programs: { prlimit: 'util-linux' },
  run,
};
