import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { nodeOperations as disk } from './fs-operations.ts';

afterEach(removeFolders);

it('calls fsync(2): a closed file fails', async () => {
  const file = await disk.open(join(await newFolder(), 'file'), 'wx');
  await disk.fsync(file);
  await disk.close(file);
  await expect(disk.fsync(file)).rejects.toMatchObject({ code: 'EBADF' });
});

it('fails to create an existing file', async () => {
  const path = join(await newFolder(), 'file');
  await writeFile(path, 'mine');
  await expect(disk.open(path, 'wx')).rejects.toMatchObject({ code: 'EEXIST' });
});

it('creates files that are not executable and not readable by others', async () => {
  const path = join(await newFolder(), 'file');
  await disk.close(await disk.open(path, 'wx'));
  expect((await stat(path)).mode & 0o137).toBe(0);
});
