import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it.each([['fly'], ['constructor'], ['']])('"%s" is no verb, says one sentence', (verb) => {
  const args = [join(import.meta.dirname, 'run.mjs'), verb];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^There is no verb "\w*"; [^\n]+\.\n$/);
});
