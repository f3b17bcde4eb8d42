/** SIGTERM under load, and a second start on the same data folder. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startServiceOn } from '../environment.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** In milliseconds. The service has ten seconds for transfers in flight (R11). */
const timeoutMs = 15_000;

async function run(lab: Lab): Promise<Remainder> {
  const { random, runOptions, complaints } = lab;
  return runUnderLoad(lab, { maxGiftSize: 300_000 }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      await workload.waitForActions(50 + random.below(150));
      await refuseSecond(lab);
      service.kill('SIGTERM');
      const ending = await Promise.race([service.exited(), sleep(timeoutMs)]);
      if (ending?.code !== 0) complaints.push(`told to end, it ${ending ? `ended with ${ending.code}` : 'did not'}`);
      await service.restart(runOptions);
    }
    await workload.waitForActions(50);
  });
}

/** Another process must not open the same data folder. */
export async function refuseSecond({ site, runOptions, complaints }: Lab): Promise<void> {
  if (site.settings.DATABASE_URL !== undefined) return;
  const second = await startServiceOn(site, runOptions).catch((error: Error) => error.message);
  if (typeof second !== 'string') {
    complaints.push('a second process opened the data folder');
    await second.stop();
  } else if (!second.includes('Another process is running on the data folder')) {
    complaints.push(`a second process said: ${second}`);
  }
}

export const shutdown: Scenario = {
  name: 'shutdown',
  summary: 'SIGTERM under load, and a second start on the same folder. No loss is excused here.',
  unit: 'shutdowns',
  points: { short: 2, usual: 10 },
  sites: ['embedded', 'servers'],
  run,
};
