/** Debian's clamd with a signature of the test. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findClamd, infected, startClamd } from '../setup/clamd.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

const found = await findClamd();
if ('reason' in found) it.skip(`clamd lets clean files in only: ${found.reason}`);
else {
  let app: TestApp;
  let clamd: Awaited<ReturnType<typeof startClamd>>;
  beforeAll(async () => {
    clamd = await startClamd(found);
    app = await openTestApp({ CLAMD_URL: clamd.url });
  });
  afterAll(async () => {
    await app.close();
    await clamd.stop();
    await rm(found.folder, { recursive: true });
  });

  it('clamd lets clean files in only', async () => {
    expect((await app.upload('clean.txt', 'clean')).status).toBe(200);
    expect((await app.upload('clean.bin', Buffer.alloc(900_000, 7))).status).toBe(200);
    expect((await app.upload('bad.txt', `x${infected}y`)).status).toBe(422);
    expect((await app.upload('large.bin', Buffer.alloc(2_000_000, 7))).status).toBe(503);
    expect(await app.blobs()).toHaveLength(2);
  });

  it('clamd that is gone lets nothing in', async () => {
    await clamd.stop();
    expect((await app.upload('clean.txt', 'clean')).status).toBe(503);
  });
}
