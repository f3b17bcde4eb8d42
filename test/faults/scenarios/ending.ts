/** The service is told to end, in the middle of everything; and started twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { crowdAt, type Lab, type Left, type Scenario, withCompany } from '../lab.ts';
import { startOn } from '../site.ts';

/** In milliseconds; ten seconds are for what is under way (R11). */
const patience = 15_000;

async function run(lab: Lab): Promise<Left> {
  const { site, dice, manner, complaints } = lab;
  const service = await startOn(site, manner);
  lab.atEnd(() => service.stop());
  const company = await withCompany(lab, service);
  const crowd = crowdAt(lab, company.url, { largest: 300_000 });
  for (let point = 0; point < lab.points; point++) {
    await crowd.more(50 + dice.roll(150));
    await refuseSecond(lab);
    service.kill('SIGTERM');
    const ending = await Promise.race([service.ended(), sleep(patience)]);
    if (ending?.code !== 0)
      complaints.push(`told to end, it ${ending ? `ended with ${ending.code}` : 'did not'}`);
    await service.restart(manner);
  }
  await crowd.more(50);
  await crowd.stop();
  complaints.push(...crowd.world.complaints);
  await company.leave();
  service.kill('SIGTERM');
  await service.ended();
  return { crowd: crowd.world };
}

/** Nobody else may open a ledger that lies in a folder. */
async function refuseSecond({ site, manner, complaints }: Lab): Promise<void> {
  if (site.settings.DATABASE_URL !== undefined) return;
  const second = await startOn(site, manner).catch((error: Error) => error.message);
  if (typeof second !== 'string') {
    complaints.push('a second process opened the data folder');
    await second.stop();
  } else if (!second.includes('Another process is running on the data folder')) {
    complaints.push(`a second process said: ${second}`);
  }
}

export const ending: Scenario = {
  name: 'ending',
  about: 'SIGTERM under load, and a second start on the same folder. Nothing is excused here.',
  unit: 'endings',
  points: { short: 2, usual: 10 },
  sites: ['embedded', 'servers'],
  run,
};
