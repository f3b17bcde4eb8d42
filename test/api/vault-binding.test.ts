/** A vault that does not belong to the ledger: no start, no readiness, no removal. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adopt } from '../../src/app/create-storage.ts';
import { readConfig } from '../../src/config/load-settings.ts';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import { openTestApp, reconcileTwice, type TestApp } from '../setup/test-app.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-own-'));
  return () => rm(folder, { recursive: true });
});

const vault = (...names: string[]) => join(folder, 'vault', ...names);
const refusal =
  /^The vault cannot be used: .+; bring back the right one .+, or take this one as it is with "rfx adopt"\.$/;

describe('while the service runs', () => {
  let app: TestApp;
  let log: string;
  beforeEach(async () => {
    log = '';
    const write = (line: string) => {
      log += line;
    };
    app = await openTestApp({ LOG_LEVEL: 'warn' }, { log: { write } }, folder);
    await app.upload('a.txt', 'a');
    await app.upload('b.txt', 'b');
  });
  afterEach(() => app.close());

  const ready = async () => {
    const answer = await app.ready();
    return [answer.status, await answer.json()];
  };
  const reconciled = () => reconcileTwice({ ...app.running.context, now: () => Date.now() + 2 * minStrayAge });
  const failing = [503, { status: 'failing', checks: { ledger: 'ok', vault: 'failing' } }];

  it('is not ready on another vault, and logs why', async () => {
    expect((await ready())[0]).toBe(200);
    const id = await readFile(vault('id'));
    await writeFile(vault('id'), 'f'.repeat(32));
    expect(await ready()).toEqual(failing);
    expect(log).toContain("for it has another's id");
    await rm(vault('id'));
    expect(await ready()).toEqual(failing);
    expect(log).toContain('for it has no id');
    await writeFile(vault('id'), id);
    expect((await ready())[0]).toBe(200);
  });

  it('is not made by adopting a folder that is missing', async () => {
    const nowhere = join(folder, 'nowhere');
    await expect(adopt(readConfig([], { DATA_DIR: nowhere }, join(folder, 'no.env')))).rejects.toThrow(
      'There is no exchange',
    );
    expect(existsSync(nowhere)).toBe(false);
  });

  it('loses no gift to an empty vault', async () => {
    const other = await openTestApp({}, {}, join(folder, 'other'));
    await other.close();
    await rename(vault(), vault('..', 'away'));
    await rename(join(folder, 'other', 'vault'), vault());
    await expect(reconciled()).rejects.toThrow(/another's id/);
    expect((await app.client.poolStats()).file_count).toBe(2);
    await rm(vault(), { recursive: true });
    await rename(vault('..', 'away'), vault());
    expect(await reconciled()).toMatchObject({ rows: 2, blobs: 2, missing: 0, stray: 0 });
  });

  it('removes nothing from a full vault', async () => {
    await writeFile(vault('id'), 'f'.repeat(32));
    const stray = vault('gifts', 'ab', `ab${'0'.repeat(30)}`);
    await writeFile(stray, 'of somebody else');
    await expect(reconciled()).rejects.toThrow(/another's id/);
    expect(await readFile(stray, 'utf8')).toBe('of somebody else');
  });
});

describe('a start', () => {
  it('is refused without the vault, and succeeds with it', async () => {
    const app = await openTestApp({}, {}, folder);
    await app.upload('kept.txt', 'kept');
    await app.close();
    await rename(vault(), vault('..', 'away'));
    await expect(openTestApp({}, {}, folder)).rejects.toThrow(refusal);
    await rm(vault(), { recursive: true });
    await rename(vault('..', 'away'), vault());
    const again = await openTestApp({}, {}, folder);
    expect(await (await fetch(`${again.url}/api/download`)).text()).toBe('kept');
    await again.close();
  });

  it('is refused without the ledger, until the vault is adopted', async () => {
    const app = await openTestApp({}, {}, folder);
    await app.upload('lost.txt', 'lost');
    await app.close();
    for (const end of ['', '-wal', '-shm']) await rm(join(folder, `ledger.db${end}`), { force: true });
    await expect(openTestApp({}, {}, folder)).rejects.toThrow(refusal);
    await adopt(readConfig([], { DATA_DIR: folder }, join(folder, 'no.env')));
    const again = await openTestApp({}, {}, folder);
    expect((await fetch(`${again.url}/health/ready`)).status).toBe(200);
    await again.close();
  });
});
