/**
 * P9 and R19 with the vault in a bucket and smaller files. For the full load run `npm run bench:memory` with `S3_BUCKET`
 * set.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mebibyte } from '../clients/transfers.ts';
import { type MemoryLoad, measureRise, skipReason, transferAll, uploadAll } from '../setup/memory.ts';
import { anyS3, newS3Location } from '../setup/s3.ts';

const load: MemoryLoad = { count: 50, size: 20 * mebibyte };
const limit = 64 * mebibyte;
const server = anyS3();
const isHindered = (await skipReason(load)) !== undefined;

it.skipIf(server === undefined || isHindered)(
  `${load.count} uploads and ${load.count} downloads of ${load.size} bytes through S3`,
  { timeout: 180_000, retry: 2 },
  async () => {
    if (server === undefined) return;
    const place = await newS3Location(server);
    const settings = {
      S3_BUCKET: place.bucket,
      S3_ENDPOINT: place.endpoint,
      S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
      S3_PREFIX: place.prefix,
    };
    const folder = await mkdtemp(join(tmpdir(), 'rfx-memory-'));
    try {
      let tickets: string[] = [];
      const given = await measureRise({ folder, as: 'raw', settings }, async (service) => {
        // One gift more than draws, so that each ticket finds the gift of another giver.
        const all = await uploadAll(service, { ...load, count: load.count + 1 }, 'raw');
        tickets = all.slice(1);
      });
      const moved = await measureRise({ folder, as: 'form', settings, tickets }, (service) =>
        transferAll(service, load, 'form', tickets),
      );
      console.info(
        `Memory rose by ${Math.round(given.bytes / mebibyte)} MiB for uploads (raw), by ` +
          `${Math.round(moved.bytes / mebibyte)} MiB for uploads (form) and downloads together.`,
      );
      expect(given.bytes).toBeLessThanOrEqual(limit);
      expect(moved.bytes).toBeLessThanOrEqual(limit);
    } finally {
      await rm(folder, { recursive: true });
      for (const name of await place.names()) await place.overwrite(name, undefined);
    }
  },
);
