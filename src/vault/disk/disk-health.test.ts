import { afterAll, expect, it } from 'vitest';
import { failure, newFolder, removeFolders } from '../testing/recording-fs.ts';
import { give, newKey } from '../testing/samples.ts';
import { createDiskHealth } from './disk-health.ts';
import { openDiskVault } from './disk-vault.ts';
import { nodeOperations } from './fs-operations.ts';

afterAll(removeFolders);

it('is lost for all who share it, and said once', async () => {
  const folder = await newFolder();
  const said: unknown[] = [];
  const trust = createDiskHealth((cause) => void said.push(cause));
  let broken: NodeJS.ErrnoException | undefined;
  const fsync: typeof nodeOperations.fsync = async (file) => {
    if (broken) throw broken;
    return nodeOperations.fsync(file);
  };
  const one = await openDiskVault(folder, { fsync }, trust);
  const other = await openDiskVault(folder, {}, trust);
  await give(other, newKey());
  broken = failure('EIO');
  await expect(give(one, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
  await expect(give(one, newKey())).rejects.toMatchObject({ code: 'storage-failing' });
  await expect(give(other, newKey())).rejects.toMatchObject({ cause: broken });
  await expect(other.check()).rejects.toMatchObject({ code: 'storage-failing' });
  expect(said).toEqual([broken]);
});
