/** The disk is full: below the floor, where gifts are refused in time, or to the last block, where the service is restarted. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../setup/service.ts';
import { upload } from '../client-actions.ts';
import type { ClientState } from '../client-state.ts';
import { diskPrograms, makeDisk } from '../disks.ts';
import type { Entry } from '../history.ts';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';

const mebibyte = 1024 * 1024;
const floor = 8 * mebibyte;

/** In milliseconds. */
const timeoutMs = 20_000;

async function run(lab: Lab): Promise<Remainder> {
  const { site, random, complaints, history } = lab;
  const home = site.settings.DATA_DIR as string;
  // Delivered gifts stay for a while and must not fill the disk.
  const disk = makeDisk(home, 96 + 8 * lab.points);
  lab.onEnd(() => disk.remove());
  const settings = { FREE_SPACE_FLOOR: `${floor}` };
  const left = await runUnderLoad(lab, { settings, maxGiftSize: 300_000, pause: 10 }, async ({ service, workload }) => {
    await workload.waitForActions(200);
    for (let point = 0; point < lab.points; point++) {
      const isWhole = point % 2 === 1;
      await giveEnough(lab, workload.state);
      if (isWhole) await reserveIsThere(lab);
      const from = Date.now();
      const ballast = fill(home, isWhole ? 0 : floor - random.below(2 * mebibyte));
      if (isWhole) await restartOnFullDisk(lab, service);
      const before = count(lab, 'arrived');
      await workload.waitForActions(300, sleep(3_000));
      if (count(lab, 'arrived') === before) complaints.push('nobody could draw any more');
      rmSync(ballast);
      // On a full disk no arrival can be recorded.
      if (isWhole) history.note({ action: 'trouble', from, until: Date.now(), what: 'disk full' });
      await workload.waitForActions(100);
    }
  });
  const refused = history.entries.some((entry) => entry.action === 'refused');
  if (!refused) complaints.push('no gift was refused');
  return left;
}

const count = ({ history }: Lab, what: Entry['action']) =>
  history.entries.filter(({ action }) => action === what).length;

/** Gives at least 100 gifts once there is room, so that clients can draw while the disk is full. */
async function giveEnough(lab: Lab, state: ClientState): Promise<void> {
  const client = { random: lab.random, name: 'extra', secret: undefined };
  const goal = count(lab, 'given') + 100;
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    await Promise.all(Array.from({ length: 32 }, () => upload(state, client)));
    if (count(lab, 'given') >= goal) return;
  }
  lab.complaints.push('no gift was taken although there was room');
}

/** The service sets space aside once there is room again. */
async function reserveIsThere({ site, complaints }: Lab): Promise<void> {
  const reserve = join(site.settings.DATA_DIR as string, 'reserve');
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(100)) if (existsSync(reserve)) return;
  complaints.push('no space was set aside');
}

/** Draws need the service although the disk is full. */
async function restartOnFullDisk(lab: Lab, service: Service): Promise<void> {
  service.kill(lab.random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
  await recordDeath(lab, service, 'on a full disk');
  await service
    .restart(lab.runOptions)
    .catch((error: Error) => lab.complaints.push(`it did not start on a full disk: ${error.message}`));
}

/** Fills the disk with one file until `left` bytes remain. */
function fill(folder: string, left: number): string {
  const { bavail, bfree, bsize } = statfsSync(folder);
  const ballast = join(folder, 'ballast');
  // To the last block, root's own share is filled too.
  const size = Math.max(bsize, (left === 0 ? bfree : bavail) * bsize - left);
  try {
    execFileSync('fallocate', ['-l', String(size), ballast], { stdio: 'ignore' });
  } catch {
    // Another writer may take the last blocks first.
  }
  if (left === 0) appendUntilFull(ballast);
  return ballast;
}

function appendUntilFull(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    closeSync(file);
  }
}

export const diskFull: Scenario = {
  name: 'disk-full',
  summary:
    'The disk fills: below the floor gifts are refused and draws continue; then no block is left, and the service is restarted.',
  unit: 'periods',
  points: { short: 2, usual: 10 },
  sites: ['embedded'],
  programs: diskPrograms,
  needsRoot: true,
  run,
};
