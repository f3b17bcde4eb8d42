/** `small.db` is missing or damaged at a start: the start is refused until the file is back, and no gift is lost. */
import { copyFileSync, existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '../../setup/service.ts';
import { give, upload } from '../client-actions.ts';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** How the file is lost. */
const harms: Readonly<Record<string, (path: string) => void>> = {
  missing: (path) => rmSync(path),
  empty: (path) => truncateSync(path),
  'no database': (path) => writeFileSync(path, 'this is no database '.repeat(1_000)),
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
};

async function run(lab: Lab): Promise<Remainder> {
  const { site, random, runOptions, complaints } = lab;
  const path = join(site.settings.DATA_DIR as string, 'vault', 'small.db');
  const files = [path, `${path}-wal`, `${path}-shm`];
  const backup = join(site.settings.DATA_DIR as string, '..', 'backup');
  // Without draws there are always gifts to miss.
  return runUnderLoad(lab, { maxGiftSize: 3_000, actions: [give, upload] }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      await workload.waitForActions(50 + random.below(150));
      service.kill(random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
      await recordDeath(lab, service, 'before the loss');
      copyAll(files, (file, number) => [file, `${backup}-${number}`]);
      const [what, harm] = random.pick(Object.entries(harms));
      for (const file of files.slice(1)) rmSync(file, { force: true });
      harm(path);
      for (const _ of [1, 2]) await expectRefusal(lab, service, what);
      for (const file of files) rmSync(file, { force: true });
      copyAll(files, (file, number) => [`${backup}-${number}`, file]);
      await service.restart(runOptions).catch((error: Error) => complaints.push(`with the file: ${error.message}`));
    }
    await workload.waitForActions(50);
  });
}

function copyAll(files: readonly string[], paths: (file: string, number: number) => [from: string, to: string]): void {
  for (const [number, file] of files.entries()) {
    const [from, to] = paths(file, number);
    rmSync(to, { force: true });
    if (existsSync(from)) copyFileSync(from, to);
  }
}

async function expectRefusal({ runOptions, complaints }: Lab, service: Service, what: string): Promise<void> {
  const refusal = await service.restart(runOptions).then(
    () => undefined,
    ({ message }: Error) => message,
  );
  if (refusal === undefined) complaints.push(`it started although small.db was ${what}`);
  else if (!refusal.includes('small.db')) complaints.push(`small.db was ${what}, and it said: ${refusal}`);
}

export const lostStore: Scenario = {
  name: 'lost-store',
  summary: '`small.db` is missing, empty or damaged at a start, which is refused until the file is back.',
  unit: 'losses',
  points: { short: 4, usual: 20 },
  sites: ['embedded'],
  run,
};
