/** PostgreSQL dies, ends connections, or the network to it breaks, at a COMMIT above all. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommitBreak } from '../../setup/postgres-proxy.ts';
import type { Around } from '../environment.ts';
import { type Lab, type Left, play, type Scenario } from '../scenario-runner.ts';

/** What is said in the transactions of a verb. */
const verbs: Readonly<Record<string, RegExp>> = {
  give: /insert into "gift"/,
  draw: /insert into "delivery"/,
  arrival: /"received_at" = /,
  'any write': /insert into|update "/,
};

type Fault = (lab: Lab, around: Around) => Promise<void>;

const cut =
  (at: CommitBreak): Fault =>
  async ({ dice }, { line }) => {
    line.cutAtCommit(at, dice.one(Object.values(verbs)));
    for (let waited = 0; !line.hasCut() && waited < 100; waited++) await sleep(20);
  };

const faults: Readonly<Record<string, Fault>> = {
  'a COMMIT that never came': cut('commit'),
  'a COMMIT whose answer was lost': cut('answer'),
  'a COMMIT that came late': cut('late'),
  'all connections cut': async (_lab, { line }) => line.cutAll(),
  'a network that is silent': async ({ dice }, { line }) => {
    line.mode = 'stall';
    await sleep(dice.roll(1_500));
    line.cutAll();
    line.mode = 'pass';
  },
  'a network that refuses': async ({ dice }, { line }) => {
    line.mode = 'refuse';
    line.cutAll();
    await sleep(dice.roll(1_500));
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

async function run(lab: Lab): Promise<Left> {
  const { dice, history } = lab;
  const all = Object.entries(faults);
  return play(lab, { largest: 100_000 }, async ({ crowd }) => {
    for (let point = 0; point < lab.points; point++) {
      await crowd.more(30 + dice.roll(70));
      const [what, happen] = all[point % all.length] as (typeof all)[number];
      const from = Date.now();
      await happen(lab, lab.site.around as Around);
      history.note({ act: 'trouble', from, until: Date.now(), what });
    }
    await crowd.more(50);
  });
}

export const database: Scenario = {
  name: 'database',
  about: 'PostgreSQL is killed, ends sessions, or the network to it breaks, at COMMIT above all.',
  unit: 'faults',
  points: { short: 8, usual: 48 },
  sites: ['servers'],
  run,
};
