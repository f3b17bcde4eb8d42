/** Files are deleted under the running service: it takes no gift any more, and no second one starts. */
import { linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../setup/service.ts';
import { fetchWithTimeout } from '../client-state.ts';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';
import { refuseSecond } from './shutdown.ts';

/** All that belongs to the databases, and those files of it that are deleted. */
const files = [
  'ledger.db',
  'ledger.db-wal',
  'ledger.db-shm',
  'vault/small.db',
  'vault/small.db-wal',
  'vault/small.db-shm',
];
const victims = ['ledger.db', 'vault/small.db', 'ledger.db-wal', 'vault/small.db-wal', 'lock.db'];

const timeoutMs = 5_000;

async function run(lab: Lab): Promise<Remainder> {
  const { site, random, runOptions, complaints, history } = lab;
  const home = site.settings.DATA_DIR as string;
  return runUnderLoad(lab, { maxGiftSize: 300_000, pause: 5 }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      const victim = victims[point % victims.length] as string;
      await workload.waitForActions(50 + random.below(150));
      if (victim === 'lock.db') {
        rmSync(join(home, victim));
        await refuseSecond(lab);
        continue;
      }
      const from = Date.now();
      // A second name keeps what the open file holds.
      for (const file of files) linkSync(join(home, file), join(home, '..', nameOf(file)));
      rmSync(join(home, victim));
      if (!(await isUnready(service))) complaints.push(`it stayed ready without ${victim}`);
      if ((await giveOnce(service)) < 500) complaints.push(`it took a gift without ${victim}`);
      service.kill('SIGKILL');
      await recordDeath(lab, service, `without ${victim}`);
      for (const file of files) bringBack(join(home, '..', nameOf(file)), join(home, file));
      await service.restart(runOptions);
      history.note({ action: 'trouble', from, until: Date.now(), what: `${victim} deleted` });
    }
    await workload.waitForActions(100);
  });
}

/** Renaming does nothing where both names are of one file. */
function bringBack(from: string, to: string): void {
  renameSync(from, to);
  rmSync(from, { force: true });
}

const nameOf = (file: string) => `kept-${file.replace('/', '-')}`;

async function isUnready({ url }: Service): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(20)) {
    if ((await fetchWithTimeout(`${url}/health/ready`)).status === 503) return true;
  }
  return false;
}

/** The status of a gift that no client knows of. */
async function giveOnce({ url }: Service): Promise<number> {
  const body = 'a gift that is refused';
  return (await fetchWithTimeout(`${url}/api/exchange?name=refused.txt`, { method: 'POST', body })).status;
}

export const deletedFiles: Scenario = {
  name: 'deleted-files',
  summary: 'A database, its log or the lock is deleted under the running service.',
  unit: 'deletions',
  points: { short: 5, usual: 30 },
  sites: ['embedded'],
  run,
};
