import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { scratchFolder } from '../test/setup/scratch.ts';
import { withLock } from './lock.mjs';

const { place, write } = scratchFolder();

it('runs one task at a time', async () => {
  let atWork = 0;
  let most = 0;
  const work = () =>
    withLock(place('lock'), async () => {
      atWork += 1;
      most = Math.max(most, atWork);
      await sleep(20);
      atWork -= 1;
    });
  await Promise.all([work(), work(), work()]);
  expect(most).toBe(1);
  expect(readdirSync(place())).toEqual([]);
});

it('reports the owner once to a waiting process', async () => {
  const owners: number[] = [];
  const first = withLock(place('lock'), () => sleep(250));
  await withLock(
    place('lock'),
    async () => {},
    (owner) => owners.push(owner),
  );
  await first;
  expect(owners).toEqual([process.pid]);
});

it('takes the lock over from a process that has ended', async () => {
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(gone, 'close');
  write('lock/owner', String(gone.pid));
  expect(await withLock(place('lock'), async () => 'done')).toBe('done');
});

it('releases the lock after a failure', async () => {
  const failing = withLock(place('lock'), () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(place('lock'))).toBe(false);
});
