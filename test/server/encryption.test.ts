/** Encryption at rest on SQLite, with files on the disk and in the store of small files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { corruptAtRest } from '../setup/corrupt-bytes.ts';
import { type EncryptedPlace, encryptionSuite } from '../setup/encryption-suite.ts';

async function openPlace(): Promise<EncryptedPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-encrypted-'));
  const vault = join(folder, 'vault');
  return {
    folder,
    settings: {},
    bytesOf: async (key) => {
      let found = new Uint8Array(0);
      await corruptAtRest(vault, key, (bytes) => {
        found = Uint8Array.from(bytes);
        return bytes;
      });
      return found;
    },
    overwrite: (key, bytes) => restore(vault, key, bytes),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Also where the bytes were removed. */
async function restore(vault: string, key: string, bytes: Uint8Array): Promise<void> {
  await corruptAtRest(vault, key, () => bytes).catch(() =>
    writeFile(join(vault, 'gifts', key.slice(0, 2), key), bytes),
  );
}

encryptionSuite('encryption on SQLite and a disk', openPlace);
