/**
 * Several worker processes on one SQLite ledger (`WORKERS`): a worker dies, or the primary with all of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { childProcessesOf, type Service } from '../../setup/service.ts';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';

const workerCount = 3;

/** Interval and limit of the wait for a new worker, in milliseconds. */
const intervalMs = 10;
const timeoutMs = 10_000;

async function run(lab: Lab): Promise<Remainder> {
  const { random, history, runOptions } = lab;
  const settings = { WORKERS: String(workerCount) };
  return runUnderLoad(lab, { maxGiftSize: 300_000, settings }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      await workload.waitForActions(20 + random.below(100));
      // Kills at a random moment, not always right after an action.
      await sleep(random.below(20));
      if (random.chance(0.25)) {
        service.kill('SIGKILL');
        await recordDeath(lab, service, 'the lead');
        await service.restart(runOptions);
      } else {
        process.kill(random.pick(childProcessesOf(service.pid)), 'SIGKILL');
        history.note({ action: 'trouble', until: Date.now(), what: 'a worker' });
        await crewIsThere(lab, service);
      }
    }
    await workload.waitForActions(50);
  });
}

async function crewIsThere({ complaints }: Lab, service: Service): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += intervalMs) {
    if (childProcessesOf(service.pid).length === workerCount) return;
    await sleep(intervalMs);
  }
  complaints.push('nobody took the place of a worker that died');
}

export const workers: Scenario = {
  name: 'workers',
  summary: 'One of several worker processes on one SQLite ledger dies, or their primary.',
  unit: 'deaths',
  points: { short: 6, usual: 60 },
  sites: ['embedded'],
  run,
};
