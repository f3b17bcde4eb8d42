/** No file descriptors are left. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { crowdAt, type Lab, type Left, type Scenario, withCompany } from '../lab.ts';
import { startOn } from '../site.ts';

async function run(lab: Lab): Promise<Left> {
  const { site, dice, manner, complaints, history } = lab;
  const service = await startOn(site, manner, { GRACE: '1s' });
  lab.atEnd(() => service.stop());
  const company = await withCompany(lab, service, { GRACE: '1s' });
  const idle = openFiles(service.pid);
  const crowd = crowdAt(lab, company.url, { largest: 300_000, pause: 10 });
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
  complaints.push(...crowd.world.complaints);
  await settles(lab, service.pid, idle, 15);
  await company.leave();
  service.kill('SIGTERM');
  await service.ended();
  return { crowd: crowd.world };
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** What was opened is closed again within so many seconds, but for connections that are kept for the next request. */
export async function settles(
  { complaints }: Lab,
  pid: number,
  idle: number,
  seconds: number,
): Promise<void> {
  for (let tries = 0; tries < 5 * seconds; tries++) {
    if (openFiles(pid) <= idle + 4) return;
    await sleep(200);
  }
  complaints.push(`${openFiles(pid)} descriptors are open; ${idle} were when nobody was there`);
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
