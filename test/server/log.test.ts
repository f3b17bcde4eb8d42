/** A log that cannot be written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { programFlags } from '../../scripts/runtime.mjs';
import { scratchFolder } from '../setup/scratch.ts';
import { builtProgram } from '../setup/service.ts';
import { formOf } from '../setup/test-app.ts';

const { place } = scratchFolder();

/** Starts the program with its log on a full device. */
async function startWithoutLog(settings: Record<string, string>) {
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: place('data'), LOG_LEVEL: 'trace', METRICS: 'on' };
  const child = spawn(process.execPath, [...programFlags, builtProgram], {
    cwd: place(),
    env: { ...env, ...settings },
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  for await (const line of createInterface(child.stderr as Readable)) {
    const port = /localhost:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return { child, url: `http://127.0.0.1:${port}` };
  }
  throw new Error('The program ended.');
}

it.each([{ WORKERS: '1' }, { WORKERS: '2' }])('stops neither service nor stop (%j)', async (settings) => {
  const { child, url } = await startWithoutLog(settings);
  const ready = async () => (await (await fetch(`${url}/health/ready`)).json()) as { checks: object };
  for (let number = 0; number < 60; number++) {
    const answer = await fetch(`${url}/api/upload`, { method: 'POST', body: formOf('a.txt', `${number}`) });
    expect(answer.status).toBe(200);
  }
  while (!('log' in (await ready()).checks)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await ready()).toEqual({ status: 'ok', checks: { ledger: 'ok', vault: 'ok', log: 'failing' } });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('rfx_log_failing 1');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
