import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { openLogTarget } from './log-target.ts';

const folder = mkdtempSync(join(tmpdir(), 'rfx-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('counts the lines that a full device loses, and never throws', async () => {
  const target = openLogTarget(openSync('/dev/full', 'w'), () => undefined);
  target.write('first\n');
  while (target.fault() === undefined) await sleep(20);
  expect(target.fault()).toBe('ENOSPC');
  for (let line = 0; line < 1_000; line++) target.write('x'.repeat(1_000));
  target.flushOnce();
});

it('writes again, and tells how many lines were lost, when the reader of a pipe goes on', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  // Told more than once, if a write ends while lines are still lost.
  let lost = 0;
  const target = openLogTarget(openSync(pipe, 'w'), (count) => {
    lost += count;
  });
  const line = `${'x'.repeat(999)}\n`;
  const lines = 1_000;
  for (let number = 0; number < lines; number++) {
    target.write(line);
    if (number % 100 === 0) await sleep(1);
  }
  let bytes = 0;
  const buffer = Buffer.alloc(100_000);
  while (lost === 0 || bytes < (lines - lost) * line.length) {
    try {
      bytes += readSync(reader, buffer);
    } catch {
      // Nothing has come yet.
    }
    await sleep(5);
  }
  expect(lost).toBeGreaterThan(0);
  expect(bytes).toBe((lines - lost) * line.length);
  expect(target.fault()).toBeUndefined();
});
