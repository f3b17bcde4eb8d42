import { afterAll, expect, it } from 'vitest';
import { failure, newFolder, removeFolders } from '../testing/recording-fs.ts';
import { newKey, putInChunks } from '../testing/samples.ts';
import { createDiskHealth } from './disk-health.ts';
import { openDiskVault } from './disk-vault.ts';
import { nodeOperations } from './fs-operations.ts';

afterAll(removeFolders);

it('fails for all vaults that share it, and reports the failure once', async () => {
  const folder = await newFolder();
  const failures: unknown[] = [];
  const health = createDiskHealth((cause) => void failures.push(cause));
  let broken: NodeJS.ErrnoException | undefined;
  const fsync: typeof nodeOperations.fsync = async (file) => {
    if (broken) throw broken;
    return nodeOperations.fsync(file);
  };
  const one = await openDiskVault(folder, { fsync }, health);
  const other = await openDiskVault(folder, {}, health);
  await putInChunks(other, newKey());
  broken = failure('EIO');
  await expect(putInChunks(one, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
  await expect(putInChunks(one, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
  await expect(putInChunks(other, newKey())).rejects.toMatchObject({ cause: broken });
  await expect(other.check()).rejects.toMatchObject({ code: 'storage-failing' });
  expect(failures).toEqual([broken]);
});
