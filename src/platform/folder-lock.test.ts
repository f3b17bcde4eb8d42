import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdLock } from './folder-lock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-lock-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('a folder lock', () => {
  it('has one holder at a time', async () => {
    const lock = await holdLock(folder);
    expect(lock).toBeDefined();
    expect(await holdLock(folder)).toBeUndefined();
    lock?.release();
    const again = await holdLock(folder);
    expect(again).toBeDefined();
    again?.release();
  });

  it('cannot be taken away by deleting its file, and takes the file again', async () => {
    const lock = await holdLock(folder);
    await rm(join(folder, 'lock.db'));
    expect(await holdLock(folder)).toBeUndefined();
    lock?.assertHeld();
    expect((await stat(join(folder, 'lock.db'))).mode & 0o777).toBe(0o600);
    lock?.release();
  });

  it('says when another process has taken its file', async () => {
    const lock = await holdLock(folder);
    await rm(join(folder, 'lock.db'));
    // A process in another container shares the folder, and not the names of sockets.
    const other = new Database(join(folder, 'lock.db'));
    other.exec('begin exclusive');
    expect(() => lock?.assertHeld()).toThrow(/lock\.db" was replaced/);
    other.close();
    lock?.release();
  });

  it('is free again after its holder is killed', async () => {
    const holding = `
      const { holdLock } = await import(${JSON.stringify(new URL('./folder-lock.ts', import.meta.url))});
      await holdLock(${JSON.stringify(folder)});
      console.log('held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', holding]);
    await once(holder.stdout, 'data');
    expect(await holdLock(folder)).toBeUndefined();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await holdLock(folder);
    expect(lock).toBeDefined();
    lock?.release();
  });
});
