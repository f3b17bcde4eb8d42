/** The disk is full: so that gifts are refused in time, and so that nothing goes any more. */

import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskPrograms, makeDisk } from '../disks.ts';
import { crowdAt, type Lab, type Left, type Scenario } from '../lab.ts';
import { startOn } from '../site.ts';

const mebibyte = 1024 * 1024;
const floor = 8 * mebibyte;

async function run(lab: Lab): Promise<Left> {
  const { site, dice, manner, complaints, history } = lab;
  const home = site.settings.DATA_DIR as string;
  const disk = makeDisk(home, 96);
  lab.atEnd(() => disk.remove());
  const service = await startOn(site, manner, { GRACE: '1s', FREE_SPACE_FLOOR: `${floor}` });
  lab.atEnd(() => service.stop());
  const crowd = crowdAt(lab, () => service.url, { largest: 300_000, pause: 10 });
  await crowd.more(200);
  for (let point = 0; point < lab.points; point++) {
    const isWhole = point % 2 === 1;
    const left = isWhole ? 0 : floor - dice.roll(2 * mebibyte);
    const from = Date.now();
    const ballast = fill(home, left);
    const before = arrivals(lab);
    await crowd.more(300, sleep(3_000));
    if (!isWhole && arrivals(lab) === before) complaints.push('nobody could draw any more');
    rmSync(ballast);
    // Where nothing can be written, no arrival can be noted either.
    if (isWhole) history.note({ act: 'trouble', from, until: Date.now(), what: 'disk full' });
    await crowd.more(100);
  }
  await crowd.stop();
  complaints.push(...crowd.world.complaints);
  const refused = history.entries.some((entry) => entry.act === 'refused');
  if (!refused) complaints.push('no gift was refused');
  service.kill('SIGTERM');
  await service.ended();
  return { crowd: crowd.world };
}

const arrivals = ({ history }: Lab) =>
  history.entries.filter(({ act }) => act === 'arrived').length;

/** Fills the disk until so many bytes are left, with a file that can be removed again. */
function fill(folder: string, left: number): string {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = join(folder, 'ballast');
  const size = Math.max(bsize, bavail * bsize - left);
  try {
    execFileSync('fallocate', ['-l', String(size), ballast], { stdio: 'ignore' });
  } catch {
    // The last blocks may go to somebody else in the same moment.
  }
  return ballast;
}

export const full: Scenario = {
  name: 'full',
  about: 'The disk fills: below the floor gifts are refused and draws go on; then nothing is left.',
  unit: 'times',
  points: { short: 2, usual: 10 },
  sites: ['embedded'],
  programs: diskPrograms,
  asRoot: true,
  run,
};
