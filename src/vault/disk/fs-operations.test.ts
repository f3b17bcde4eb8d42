import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { nodeOperations as disk } from './fs-operations.ts';

afterEach(removeFolders);

it('asks the system itself to sync: a closed file cannot be', async () => {
  const file = await disk.open(join(await newFolder(), 'file'), 'wx');
  await disk.fsync(file);
  await disk.close(file);
  await expect(disk.fsync(file)).rejects.toMatchObject({ code: 'EBADF' });
});

it('never opens a file that is there as a new one', async () => {
  const path = join(await newFolder(), 'file');
  await writeFile(path, 'mine');
  await expect(disk.open(path, 'wx')).rejects.toMatchObject({ code: 'EEXIST' });
});

it('makes files nobody can run and others cannot read', async () => {
  const path = join(await newFolder(), 'file');
  await disk.close(await disk.open(path, 'wx'));
  expect((await stat(path)).mode & 0o137).toBe(0);
});
