/** `rfx keys rotate` and `rfx keys encrypt`, killed (SIGKILL) at one commit after the other, and then finished. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import { runDoctor } from '../setup/doctor.ts';
import { newKeySetting } from '../setup/encryption-suite.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { openTestApp, reconcileTwice } from '../setup/test-app.ts';

const { place } = scratchFolder();
const folder = () => place('data');
const [old, other] = [newKeySetting('k1'), newKeySetting('k2')];
const preload = `--import=${join(import.meta.dirname, '../setup/kill-at-commit.mjs')}`;

async function withApp<T>(
  keys: string | undefined,
  work: (app: Awaited<ReturnType<typeof openTestApp>>) => Promise<T>,
) {
  const settings = keys === undefined ? {} : { ENCRYPTION_KEYS: keys };
  const app = await openTestApp(settings, {}, folder());
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Gives texts of these sizes. */
const give = (keys: string | undefined, texts: readonly string[]) =>
  withApp(keys, async ({ upload }) => {
    // Fewer at a time than one address may have connections.
    for (let from = 0; from < texts.length; from += 50) {
      const part = texts.slice(from, from + 50);
      const answers = await Promise.all(part.map((text, n) => upload(`${from + n}.txt`, text)));
      expect(answers.every(({ ok }) => ok)).toBe(true);
    }
  });

/** Kills the command at one commit after the other, and then lets it finish. `halfway` is the status after three kills. */
async function killAndFinish(verb: string, keys: string, halfway: RegExp): Promise<void> {
  const settings = { DATA_DIR: folder(), ENCRYPTION_KEYS: keys };
  const run = (more: Readonly<Record<string, string>>, ...argv: string[]) =>
    runCommand(place('.'), { ...settings, ...more }, 'keys', ...argv);
  const killAt = async (KILL_AT_COMMIT: string) => {
    const { code } = await run({ NODE_OPTIONS: preload, KILL_AT_COMMIT }, verb);
    expect([KILL_AT_COMMIT, code]).toEqual([KILL_AT_COMMIT, null]);
  };
  for (const point of ['1 before', '1 after', '2 before']) await killAt(point);
  expect((await run({}, 'status')).out).toMatch(halfway);
  await killAt('1 after');
  expect(await run({}, verb)).toMatchObject({ code: 0, err: '' });
}

/** All gifts that can be drawn, with their names. */
async function drawAll(url: string): Promise<Map<string, string>> {
  const came = new Map<string, string>();
  for (;;) {
    const answer = await fetch(`${url}/api/download`);
    if (answer.status === 404) return came;
    expect(answer.status).toBe(200);
    came.set(await answer.text(), answer.headers.get('content-disposition') ?? '');
  }
}

/** Expects that each text arrives once, under its name, and that nothing is wrong with what is stored. */
const expectIntact = (keys: string, texts: readonly string[]) =>
  withApp(keys, async (app) => {
    // A kill leaves bytes without a row, which go when they are old enough.
    const later = () => Date.now() + 2 * minStrayAge;
    expect(await reconcileTwice({ ...app.running.context, now: later })).toMatchObject({ missing: 0 });
    const { faults } = await runDoctor({ DATA_DIR: folder(), ENCRYPTION_KEYS: keys }, { options: { share: 1 } });
    expect(faults).toEqual([]);
    const came = await drawAll(app.url);
    expect([...came.keys()].toSorted()).toEqual(texts.toSorted());
    for (const [n, text] of texts.entries()) expect(came.get(text)).toContain(`=${n}.txt`);
  });

it('a rotation that is killed again and again loses nothing, and needs the old key no more', async () => {
  const texts = Array.from({ length: 410 }, (_, n) => `gift ${n} `.repeat(20));
  await give(old, texts);
  await give(`${other},${old}`, []);
  await killAndFinish('rotate', `${other},${old}`, /^k2: [1-9].*^k1: [1-9]/ms);
  await expectIntact(other, texts);
});

it('an encryption that is killed again and again loses nothing, and leaves nothing plain', async () => {
  const texts = Array.from({ length: 8 }, (_, n) => `gift ${n} `.repeat(n % 2 ? 20 : 20_000));
  await give(undefined, texts);
  await give(old, []);
  await killAndFinish('encrypt', old, /^k1: [1-9].*^not encrypted: [1-9]/ms);
  const { out } = await runCommand(place('.'), { DATA_DIR: folder(), ENCRYPTION_KEYS: old }, 'keys', 'status');
  expect(out).toContain('not encrypted: 0 files, 0 names and notes');
  await expectIntact(old, texts);
});
