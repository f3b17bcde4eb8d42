import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';

const children = JSON.stringify(new URL('spawn.mjs', import.meta.url).href);

/** A process that runs a script through `run`, with all its output. */
function running(script: string, options = '{ cwd: "." }') {
  const outer = `
    const { run } = await import(${children});
    process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(script)}], ${options});
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', outer], {
    // Without npm's variables: the parent is a test and no npm.
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code, output: output.join('') }));
  return { child, ended };
}

it('returns the exit code of the program', async () => {
  expect(await running('process.exit(7)').ended).toEqual({ code: 7, output: '' });
});

it('returns 128 + n for a program that signal n ended', async () => {
  expect((await running(`process.kill(process.pid, 'SIGKILL')`).ended).code).toBe(137);
});

it('prints the output of a quiet program only when it fails', async () => {
  const quiet = '{ cwd: ".", quiet: true }';
  const words = `console.log('out'); console.error('err');`;
  expect(await running(words, quiet).ended).toEqual({ code: 0, output: '' });
  const failed = await running(`${words} process.exitCode = 3`, quiet).ended;
  expect(failed.code).toBe(3);
  expect(failed.output.split('\n').sort()).toEqual(['', 'err', 'out']);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on, and its echo not', async (signal) => {
  const { child, ended } = running(`
    let count = 0;
    process.on('${signal}', () => {
      count += 1;
      setTimeout(() => process.exit(10 + count), 200);
    });
    setInterval(() => {}, 1000);
    console.log('ready');
  `);
  await once(child.stdout, 'data');
  child.kill(signal);
  await sleep(20);
  child.kill(signal);
  expect((await ended).code).toBe(11);
});

/** Runs a program as npm does, and answers npm. */
function asNpm(inner: string) {
  const us = `
    const { run } = await import(${children});
    await run(process.execPath, ['-e', ${JSON.stringify(inner)}], { cwd: '.' });
  `;
  const npm = `
    require('node:child_process').spawn(
      process.execPath, ['--input-type=module', '-e', ${JSON.stringify(us)}],
      { env: { npm_lifecycle_event: 'start' }, stdio: 'inherit' },
    );
  `;
  return spawn(process.execPath, ['-e', npm], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

it('lets the program go on when a hangup ends the npm that ran us', async () => {
  const child = asNpm(`
    process.on('SIGHUP', () => setTimeout(() => process.exit(console.log('still here')), 1_000));
    console.log('ready');
    setInterval(() => {}, 1_000);
  `);
  await once(child.stdout, 'data');
  const output = text(child.stdout);
  // To the whole group, as from a terminal that closes.
  process.kill(-(child.pid as number), 'SIGHUP');
  expect(await output).toBe('still here\n');
});

it('ends the program when the npm that ran us was killed', async () => {
  const child = asNpm(`console.log('ready'); setInterval(() => {}, 1000)`);
  await once(child.stdout, 'data');
  const silent = once(child.stdout, 'close');
  child.kill('SIGKILL');
  // All three processes hold the pipe open: it closes with the last of them.
  await silent;
});
