import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { cpuTime, peakOf, resetPeak, treeOf } from './processes.ts';

const onLinux = it.skipIf(process.platform !== 'linux');

onLinux('finds a process, its children and theirs', async () => {
  const shell = spawn('sh', ['-c', 'sh -c "echo up; sleep 60; true"; true']);
  await once(shell.stdout, 'data');
  const tree = await treeOf(shell.pid as number);
  expect(tree[0]).toBe(shell.pid);
  expect(tree.length).toBeGreaterThanOrEqual(3);
  for (const pid of tree) process.kill(pid, 'SIGKILL');
  await once(shell, 'exit');
});

onLinux('counts the time of ended children', async () => {
  const work = 'for (const end = Date.now() + 300; Date.now() < end; );';
  const before = await cpuTime(process.pid);
  await once(spawn(process.execPath, ['-e', work]), 'exit');
  expect((await cpuTime(process.pid)) - before).toBeGreaterThan(0);
});

onLinux('resets the peak', async () => {
  const work =
    'let big = Buffer.alloc(3e8, 1); big = undefined; gc(); console.log("gone"); setInterval(() => big, 1e6)';
  const child = spawn(process.execPath, ['--expose-gc', '-e', work]);
  await once(child.stdout, 'data');
  const pid = child.pid as number;
  expect((await peakOf(pid)).largest).toBeGreaterThan(3e8);
  await resetPeak(pid);
  const { largest, together } = await peakOf(pid);
  expect(largest).toBeLessThan(2e8);
  expect(together).toBe(largest);
  child.kill();
});
