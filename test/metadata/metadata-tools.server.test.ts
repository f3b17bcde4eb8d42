/** Removes metadata from files with planted names and from real ones, and lets exiftool and mat2 look for more. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp } from '../setup/test-app.ts';
import { checkMetadata } from './check-metadata.ts';
import { exiftoolFinds, mat2Finds, plantedIn } from './judge-files.ts';
import { installTools } from './metadata-tools.ts';
import { plantFiles } from './planted-files.ts';
import { fewPackages, realFiles } from './real-files.ts';

const reason = await installTools();
if (reason) console.warn(`The removal of metadata is not checked with exiftool and mat2: ${reason}.`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-metadata-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = async (files: readonly string[]) => {
  const app = await openTestApp();
  try {
    return await checkMetadata(app, files, join(folder, 'cleaned'));
  } finally {
    await app.close();
  }
};

describe.skipIf(reason !== undefined)('exiftool and mat2', { timeout: 120_000 }, () => {
  it('find planted names and fields before, and none after', async () => {
    const files = await plantFiles(folder, 1);
    expect((await exiftoolFinds(files)).length).toBeGreaterThan(20);
    expect((await mat2Finds(files)).found.length).toBeGreaterThan(20);
    // Neither program writes fields of WebP.
    const withNames = files.filter((file) => !file.endsWith('.webp'));
    expect((await Promise.all(withNames.map(plantedIn))).filter(({ length }) => length === 0)).toEqual([]);
    const { cleaned, ...wrong } = await check(files);
    expect(wrong).toEqual({ refused: [], unread: [], faults: [] });
    expect(cleaned.size).toBe(13);
  });

  it('find nothing in real files', async () => {
    const real = await realFiles(folder, fewPackages);
    // Without a network there are no packages, and the long check says so.
    if (typeof real === 'string') return console.warn(`Real files are not checked: ${real}.`);
    const { faults } = await check(real.filter((_, index) => index % 4 === 0));
    expect(faults).toEqual([]);
  });
});
