import { afterAll, expect, it } from 'vitest';
import { openDiskVault } from './disk.ts';
import { nodeOperations } from './operations.ts';
import { failure, newFolder, removeFolders } from './recorded.ts';
import { give, newKey } from './samples.ts';
import { newTrust } from './trust.ts';

afterAll(removeFolders);

it('is lost for all who share it, and said once', async () => {
  const folder = await newFolder();
  const said: unknown[] = [];
  const trust = newTrust((cause) => void said.push(cause));
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
