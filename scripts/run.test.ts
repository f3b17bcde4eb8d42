import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from '../test/setup/scratch.ts';

const { place, write } = scratchFolder();

function run(...args: string[]) {
  const runner = join(import.meta.dirname, 'run.mjs');
  return spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8' });
}

it('runs a program with its arguments and returns its exit code', () => {
  write('program.mjs', 'console.log(process.argv.slice(2)); process.exitCode = 3;\n');
  const { status, stdout, stderr } = run(place('program.mjs'), '--seed', '7');
  expect({ status, stdout, stderr }).toEqual({
    ...{ status: 3, stdout: "[ '--seed', '7' ]\n", stderr: '' },
  });
});

it('runs TypeScript', () => {
  write('program.ts', 'const answer: number = 42;\nconsole.log(answer);\n');
  const { status, stdout } = run(place('program.ts'));
  expect({ status, stdout }).toEqual({ status: 0, stdout: '42\n' });
});

it('fails on a program that does not exist', () => {
  const { status, stderr } = run(place('missing.mjs'));
  expect(status).toBe(1);
  expect(stderr).toContain('missing.mjs');
});
