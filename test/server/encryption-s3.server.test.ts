/** Encryption at rest in a bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { encryptionSuite } from '../setup/encryption-suite.ts';
import { anyS3, newS3Location, type S3Server } from '../setup/s3.ts';

const server = anyS3();

describe.skipIf(server === undefined)('with S3', () => {
  encryptionSuite('encryption on SQLite and S3', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rfx-encrypted-'));
    const place = await newS3Location(server as S3Server);
    const nameOf = (key: string) => `${place.prefix}gifts/${key.slice(0, 2)}/${key}`;
    return {
      folder,
      settings: {
        S3_BUCKET: place.bucket,
        S3_ENDPOINT: place.endpoint,
        S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
        S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
        S3_PREFIX: place.prefix,
      },
      bytesOf: (key) => place.bytesOf(nameOf(key)),
      overwrite: (key, bytes) => place.overwrite(nameOf(key), bytes),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  });
});
