/** Checks the removal of metadata on hundreds of files with exiftool and mat2 (`npm run check:metadata`). Exits with 1 for any fault. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestApp } from '../setup/test-app.ts';
import { checkMetadata } from './check-metadata.ts';
import { installTools } from './metadata-tools.ts';
import { plantFiles } from './planted-files.ts';
import { allPackages, realFiles } from './real-files.ts';

const reason = await installTools();
if (reason !== undefined) {
  console.log(`SKIPPED: ${reason}.`);
  process.exit(process.env.CI ? 1 : 0);
}
const folder = await mkdtemp(join(tmpdir(), 'rfx-metadata-'));
const app = await openTestApp();
try {
  const real = await realFiles(folder, allPackages);
  if (typeof real === 'string') throw new Error(real);
  const files = [...real, ...(await plantFiles(folder, 15))];
  const { cleaned, refused, unread, faults } = await checkMetadata(app, files, join(folder, 'cleaned'));
  const total = [...cleaned.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${total} files cleaned: ${[...cleaned].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  for (const line of refused) console.log(`refused: ${line}`);
  for (const name of unread) console.log(`mat2 cannot read: ${name}`);
  for (const line of faults) console.log(line);
  console.log(`${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}
