/** The systemd units: systemd accepts them, and the program runs in the confinement that they describe. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { missingReason } from '../setup/packages.ts';
import { freePort } from '../setup/ports.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy/systemd');
const units = readdirSync(folder);
const services = units.filter((name) => name.endsWith('.service'));

const reason = await missingReason({ 'systemd-analyze': 'systemd', bwrap: 'bubblewrap', setpriv: 'util-linux' });
if (reason) console.warn(`SKIPPED: the systemd units: ${reason}.`);

/** The least exposure that still lets V8 compile, from 0 to 10. */
const maxExposure = 2;

describe.skipIf(reason !== undefined)('the systemd units', () => {
  it.each(units)('are valid: %s', async (unit) => {
    const { stdout, stderr } = await run('systemd-analyze', ['verify', join(folder, unit)], {
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    });
    expect(stdout + stderr).not.toContain(unit);
  });

  it.each(services)('expose little: %s', async (unit) => {
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', join(folder, unit)]);
    const [, level] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(level)).toBeLessThanOrEqual(maxExposure);
  });

  it.runIf(process.getuid?.() === 0)('serve without rights, on a read-only disk', async () => {
    const state = await mkdtemp(join(tmpdir(), 'rfx-state-'));
    const port = await freePort();
    await chown(state, nobody, nobody);
    const command = await commandOf('random-file-exchange.service');
    const confined = [
      '--die-with-parent',
      '--unshare-pid',
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--bind',
      state,
      state,
    ];
    const rights = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups', '--bounding-set=-all'];
    const child = spawn('setpriv', [...rights, '--no-new-privs', 'bwrap', ...confined, ...command], {
      cwd: root,
      env: { PATH: process.env.PATH, DATA_DIR: state, PORT: String(port), HOME: '/nonexistent' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'close');
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    try {
      await expect.poll(() => answers(port), { timeout: 20_000, message: said }).toBe(true);
      const body = new FormData();
      body.append('file', new Blob(['one']), 'a.txt');
      expect((await fetch(`http://127.0.0.1:${port}/api/upload`, { method: 'POST', body })).status).toBe(200);
    } finally {
      child.kill('SIGTERM');
      await ended;
      await rm(state, { recursive: true });
    }
  });
});

const nobody = 65_534;

async function commandOf(unit: string): Promise<string[]> {
  const text = await readFile(join(folder, unit), 'utf8');
  return (/^ExecStart=(.*)$/m.exec(text)?.[1] ?? '').split(' ');
}

async function answers(port: number): Promise<boolean> {
  await pause(100);
  return fetch(`http://127.0.0.1:${port}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}
