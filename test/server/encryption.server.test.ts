/** Encryption at rest on PostgreSQL, with files on the disk. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { encryptionSuite } from '../setup/encryption-suite.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';

const reason = await skipReason();
let server: Postgres;

beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());

describe.skipIf(reason !== undefined)('with PostgreSQL', () => {
  encryptionSuite('encryption on PostgreSQL and a disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rfx-encrypted-'));
    const pathOf = (key: string) => join(folder, 'vault', 'gifts', key.slice(0, 2), key);
    return {
      folder,
      settings: { DATABASE_URL: server.url(await server.newDatabase()) },
      bytesOf: async (key) => Uint8Array.from(await readFile(pathOf(key))),
      overwrite: (key, bytes) => writeFile(pathOf(key), bytes),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  });
});
