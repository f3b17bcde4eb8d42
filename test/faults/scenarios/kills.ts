/** Kills the process in a system call: strace sends SIGKILL at the k-th call of a kind. */
import type { Service } from '../../setup/service.ts';
import type { Site } from '../environment.ts';
import { type Lab, type Remainder, recordDeath, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** The program that injects faults into system calls. */
export const straceProgram = { strace: 'strace' };

/** A strace command that injects `what` at the k-th call of a kind, counted per thread. */
export const underStrace = (calls: string, what: string, when: number | string): readonly string[] => [
  'strace',
  // With -D the program stays our child.
  ...['-D', '-f', '--seccomp-bpf', '-qqq', '-o', '/dev/null'],
  ...['-e', `trace=${calls}`, '-e', `inject=${calls}:${what}:when=${when}`],
];

/** The system calls that give, draw, deliver and sweep make, and the largest k of each. */
const calls: Readonly<Record<Site['name'], readonly (readonly [call: string, maxBefore: number])[]>> = {
  embedded: [
    ['fsync', 60],
    ['fdatasync', 30],
    ['pwrite64', 250],
    ['rename', 15],
    ['unlink', 6],
    ['write', 150],
    ['openat', 60],
  ],
  servers: [
    ['write', 150],
    ['writev', 60],
    ['unlink', 15],
    ['openat', 40],
    ['read', 150],
  ],
};

async function run(lab: Lab): Promise<Remainder> {
  const { site, random, history } = lab;
  const kinds = calls[site.name];
  return runUnderLoad(lab, { maxGiftSize: 300_000 }, async ({ service, workload }) => {
    for (let point = 0; point < lab.points; point++) {
      const [call, maxBefore] = kinds[point % kinds.length] as (typeof kinds)[number];
      const at = 1 + random.below(maxBefore);
      service.kill('SIGKILL');
      await recordDeath(lab, service, `before ${call} ${at}`);
      const isOpen = await tryRestart(lab, service, underStrace(call, 'signal=KILL', at));
      if (isOpen) await workload.waitForActions(150, service.exited());
      history.note({ action: 'trouble', until: Date.now(), what: `${call} ${at}` });
    }
    service.kill('SIGKILL');
    await recordDeath(lab, service, 'the last');
    await service.restart(lab.runOptions);
  });
}

/** Starts the service under a wrapper. Resolves with false if it died or refused before it was listening. */
export const tryRestart = ({ runOptions }: Lab, service: Service, wrapper: readonly string[]): Promise<boolean> =>
  service.restart({ ...runOptions, wrapper }).then(
    () => true,
    () => false,
  );

export const kills: Scenario = {
  name: 'kills',
  summary: 'The process is killed at the k-th fsync, write, rename, unlink or open of a thread.',
  unit: 'kill points',
  points: { short: 10, usual: 100 },
  sites: ['embedded', 'servers'],
  programs: straceProgram,
  run,
};
