/** PostgreSQL crashes, terminates sessions, or the network to it breaks, preferably at a COMMIT. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommitBreak } from '../../setup/postgres-proxy.ts';
import type { FaultyServers } from '../environment.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** Statements by which the transactions of each verb are recognised. */
const verbs: Readonly<Record<string, RegExp>> = {
  give: /insert into "gift"/,
  draw: /insert into "delivery"/,
  arrival: /"received_at" = /,
  'any write': /insert into|update "/,
};

type Fault = (lab: Lab, servers: FaultyServers) => Promise<void>;

const cut =
  (at: CommitBreak): Fault =>
  async ({ random }, { line }) => {
    line.cutAtCommit(at, random.pick(Object.values(verbs)));
    for (let waited = 0; !line.hasCut() && waited < 100; waited++) await sleep(20);
  };

const faults: Readonly<Record<string, Fault>> = {
  'a COMMIT that never came': cut('commit'),
  'a COMMIT whose answer was lost': cut('answer'),
  'a COMMIT that came late': cut('late'),
  'all connections cut': async (_lab, { line }) => line.cutAll(),
  'a network that is silent': async ({ random }, { line }) => {
    line.mode = 'stall';
    await sleep(random.below(1_500));
    line.cutAll();
    line.mode = 'pass';
  },
  'a network that refuses': async ({ random }, { line }) => {
    line.mode = 'refuse';
    line.cutAll();
    await sleep(random.below(1_500));
    line.mode = 'pass';
  },
  'all sessions terminated': async ({ site }, { postgres }) => {
    const database = new URL(site.settings.DATABASE_URL as string).pathname.slice(1);
    await postgres.run(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = '${database}'`,
    );
  },
  'a server that dies': async (_lab, { postgres }) => {
    await postgres.kill();
    await postgres.start();
  },
};

async function run(lab: Lab): Promise<Remainder> {
  const { random, history } = lab;
  const all = Object.entries(faults);
  return runUnderLoad(lab, { maxGiftSize: 100_000 }, async ({ workload }) => {
    for (let point = 0; point < lab.points; point++) {
      await workload.waitForActions(30 + random.below(70));
      const [what, happen] = all[point % all.length] as (typeof all)[number];
      const from = Date.now();
      await happen(lab, lab.site.servers as FaultyServers);
      history.note({ action: 'trouble', from, until: Date.now(), what });
    }
    await workload.waitForActions(50);
  });
}

export const database: Scenario = {
  name: 'database',
  summary: 'PostgreSQL crashes, ends sessions, or the network to it breaks, preferably at a COMMIT.',
  unit: 'faults',
  points: { short: 8, usual: 48 },
  sites: ['servers'],
  run,
};
