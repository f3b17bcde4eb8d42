import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolder } from './create-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('createFolder', () => {
  it('creates parents with the mode, and answers the first folder that was missing', async () => {
    const path = join(folder, 'a', 'b', 'c');
    expect(await createFolder(path, 0o700)).toBe(join(folder, 'a'));
    expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
    expect(await createFolder(path, 0o700)).toBeUndefined();
  });

  it('creates one folder for many callers', async () => {
    const path = join(folder, 'a', 'b');
    const found = await Promise.all(Array.from({ length: 8 }, () => createFolder(path, 0o700)));
    expect(found).toContain(join(folder, 'a'));
  });

  it('fails where a file is', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(createFolder(join(folder, 'file'), 0o700)).rejects.toThrow(/EEXIST/);
    await expect(createFolder(join(folder, 'file', 'a'), 0o700)).rejects.toThrow(/ENOTDIR/);
  });

  it.runIf(process.platform === 'linux')('fails at once where no folder can be created', async () => {
    await expect(createFolder('/proc/nope', 0o700)).rejects.toThrow(/ENOENT.*\/proc\/nope/);
    await expect(createFolder('/proc/nope/data', 0o700)).rejects.toThrow(/ENOENT/);
  });
});
