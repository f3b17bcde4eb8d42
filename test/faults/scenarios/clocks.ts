/** The clock jumps a year ahead, an hour back, and home again. */
import { existsSync, globSync } from 'node:fs';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';

const library = () => globSync('/usr/lib/*/faketime/libfaketime.so.1').find(existsSync);

const jumps = ['+365d', '-1h', '+61m', '+0', '-3h', '+2h', '+30d'];

/** Only leases may run out by a jump: gifts and tickets last longer. */
const settings = { GIFT_TTL: '3000d', TICKET_TTL: '1000d' };

async function run(lab: Lab): Promise<Remainder> {
  const { runOptions } = lab;
  const left = await runUnderLoad(lab, { settings, maxGiftSize: 300_000 }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      const jump = jumps[point % jumps.length] as string;
      await workload.waitForActions(100);
      service.kill('SIGKILL');
      await recordDeath(lab, service, `before a jump of ${jump}`);
      const wrapper = ['env', `LD_PRELOAD=${library()}`, `FAKETIME=${jump}`, 'DONT_FAKE_MONOTONIC=1'];
      await service.restart({ ...runOptions, wrapper });
      await workload.waitForActions(200);
    }
    service.kill('SIGKILL');
    await recordDeath(lab, service, 'the last');
    await service.restart(runOptions);
  });
  // A lease that began a year ahead ends then.
  return { ...left, settleDays: 400, maxClockAhead: 366 * 24 * 60 * 60 * 1000 };
}

export const clocks: Scenario = {
  name: 'clocks',
  summary: 'The clock jumps a year ahead, an hour back, and hours ahead, under load.',
  unit: 'jumps',
  points: { short: 3, usual: 14 },
  sites: ['embedded', 'servers'],
  programs: { faketime: 'faketime' },
  run,
};
