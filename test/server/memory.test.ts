/** P9 and R19: memory does not grow with the size of files or the number of transfers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mebibyte } from '../clients/transfers.ts';
import { fullLoad, measureRise, skipReason, transferAll, uploadAll } from '../setup/memory.ts';

const limit = 64 * mebibyte;
const reason = await skipReason(fullLoad);
if (reason !== undefined) console.warn(`SKIPPED: the memory of a full load: ${reason}.`);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-memory-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('P9: flat memory', () => {
  it.skipIf(reason !== undefined)(
    `${fullLoad.count} uploads and ${fullLoad.count} downloads of ${fullLoad.size} bytes at once`,
    // A busy machine collects garbage late; the limit itself stays.
    { timeout: 300_000, retry: 2 },
    async () => {
      let tickets: string[] = [];
      const given = await measureRise({ folder, as: 'raw' }, async (service) => {
        // One gift more than draws, so that each ticket finds the gift of another giver.
        const all = await uploadAll(service, { ...fullLoad, count: fullLoad.count + 1 }, 'raw');
        tickets = all.slice(1);
      });
      const moved = await measureRise({ folder, as: 'form', tickets }, (service) =>
        transferAll(service, fullLoad, 'form', tickets),
      );
      const inMebibytes = (bytes: number) => Math.round(bytes / mebibyte);
      console.info(
        `Memory rose by ${inMebibytes(given.bytes)} MiB for uploads (raw), by ` +
          `${inMebibytes(moved.bytes)} MiB for uploads (form) and downloads together.`,
      );
      expect(given.bytes).toBeLessThanOrEqual(limit);
      expect(moved.bytes).toBeLessThanOrEqual(limit);
    },
  );
});
