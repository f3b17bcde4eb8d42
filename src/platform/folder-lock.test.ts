import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdLock } from './folder-lock.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rm(folder, { recursive: true }));

describe('a folder lock', () => {
  it('has one holder at a time', async () => {
    const release = await holdLock(path);
    expect(release).toBeDefined();
    expect(await holdLock(path)).toBeUndefined();
    release?.();
    const again = await holdLock(path);
    expect(again).toBeDefined();
    again?.();
  });

  it('is free again after its holder is killed', async () => {
    const holding = `
      const { holdLock } = await import(${JSON.stringify(new URL('./folder-lock.ts', import.meta.url))});
      await holdLock(${JSON.stringify(path)});
      console.log('held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', holding]);
    await once(holder.stdout, 'data');
    expect(await holdLock(path)).toBeUndefined();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const release = await holdLock(path);
    expect(release).toBeDefined();
    release?.();
  });
});
