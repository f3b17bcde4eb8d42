/** Cuts the power: unsynced writes are lost, those of the ledger's disk and of the vault's independently. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../setup/service.ts';
import { type Disk, diskPrograms, makeDisk } from '../disks.ts';
import type { FaultyServers } from '../environment.ts';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';

async function run(lab: Lab): Promise<Remainder> {
  const { site, random } = lab;
  const disks = disksOf(lab);
  // With few clients a gift is not synced by the group commits of others.
  const clients = site.servers ? 64 : 6;
  return runUnderLoad(lab, { maxGiftSize: 300_000, clients }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      await workload.waitForActions(50 + random.below(100));
      await justGiven(lab);
      if (site.servers) await cutDatabase(lab, site.servers);
      else await cutService(lab, disks, service);
    }
    await workload.waitForActions(50);
  });
}

/** Separate disks for ledger and vault, so that a sync of one does not write back the other. */
function disksOf({ site, onEnd }: Lab): Disk[] {
  if (site.servers) return [];
  const home = site.settings.DATA_DIR as string;
  return [home, join(home, 'vault')].map((folder) => {
    const disk = makeDisk(folder, 128);
    onEnd(() => disk.remove());
    return disk;
  });
}

/** Waits for an acknowledged gift: the most recent one has to survive. */
async function justGiven({ history }: Lab): Promise<void> {
  const given = () => history.entries.findLastIndex(({ action }) => action === 'given');
  for (const last = given(); given() === last; ) await sleep(1);
}

async function cutService(lab: Lab, disks: readonly Disk[], service: Service): Promise<void> {
  service.kill('SIGSTOP');
  for (const disk of disks) disk.freeze();
  service.kill('SIGKILL');
  await recordDeath(lab, service, 'power cut');
  // The vault is mounted inside the ledger's folder.
  for (const disk of disks.toReversed()) await disk.unmount();
  for (const disk of disks) disk.revert();
  await service.restart(lab.runOptions);
}

/** Only PostgreSQL loses power. A gift whose row was in flight has not been acknowledged. */
async function cutDatabase(lab: Lab, { postgres, disk }: FaultyServers): Promise<void> {
  const from = Date.now();
  postgres.freeze();
  disk.freeze();
  await postgres.die();
  await disk.unmount();
  disk.revert();
  await postgres.start();
  lab.history.note({ action: 'trouble', from, until: Date.now(), what: 'power cut' });
}

export const power: Scenario = {
  name: 'power',
  summary: 'The power fails: of the service, with ledger and vault on separate disks, or of PostgreSQL.',
  unit: 'power cuts',
  points: { short: 6, usual: 40 },
  sites: ['embedded', 'servers'],
  programs: diskPrograms,
  needsRoot: true,
  run,
};
