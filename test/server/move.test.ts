/** The command `rfx move`: wrong arguments, and a successful move. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { programFlags } from '../../scripts/runtime.mjs';
import { newKeySetting } from '../setup/encryption-suite.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { builtProgram, runCommand } from '../setup/service.ts';
import { fileOf, openTestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();
const openAt = (name: string) => openTestApp({}, {}, place(name));

/** Runs it in a folder of its own, with the old settings in the environment. */
function move(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...programFlags, builtProgram, 'move', ...args], {
    cwd: place('.'),
    env: { PATH: process.env.PATH, DATA_DIR: place('old') },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const settingsOf = (name: string) => writeFile(place('new.env'), `DATA_DIR=${place(name)}\n`);

describe('rfx move', () => {
  it('moves an exchange to a folder that it creates, where its tickets are good', async () => {
    const old = await openAt('old');
    const { ticket } = await old.client.give(fileOf('mine.txt', 'mine'));
    await old.upload('theirs.txt', 'theirs');
    await old.close();
    await settingsOf('far/away');
    const moved = move('--to', 'new.env');
    expect(moved).toMatchObject({ status: 0, stdout: '' });
    expect(moved.stderr).toContain('Start it with the settings of new.env.');
    const there = await openAt('far/away');
    expect((await there.client.draw(ticket))?.name).toBe('theirs.txt');
    await there.close();
    const again = {
      status: 1,
      stderr: expect.stringMatching(/^Nothing is to be done: it was moved/),
    };
    expect(move('--to', 'new.env')).toMatchObject(again);
  });

  it('moves encrypted gifts as they are, which the same keys open there', async () => {
    const keys = { ENCRYPTION_KEYS: newKeySetting('k1') };
    const texts = ['small', 'large'.repeat(20_000)];
    const old = await openTestApp(keys, {}, place('old'));
    for (const text of texts) await old.upload(`${text.slice(0, 5)}.txt`, text);
    await old.close();
    await writeFile(place('new.env'), `DATA_DIR=${place('there')}\nENCRYPTION_KEYS=${keys.ENCRYPTION_KEYS}\n`);
    const { code, err } = await runCommand(place('.'), { DATA_DIR: place('old'), ...keys }, 'move', '--to', 'new.env');
    expect([code, err]).toEqual([0, expect.stringContaining('Start it with the settings of new.env.')]);
    await expect(openAt('there')).rejects.toThrow('ENCRYPTION_KEYS is not set');
    const there = await openTestApp(keys, {}, place('there'));
    const drawn = async () => {
      const answer = await fetch(`${there.url}/api/download`);
      return [answer.headers.get('content-disposition'), await answer.text()];
    };
    const came = new Map([await drawn(), await drawn()].map(([name, text]) => [text, name]));
    for (const text of texts) expect(came.get(text)).toContain(`${text?.slice(0, 5)}.txt`);
    await there.close();
  });

  it('reports a missing settings file and creates nothing', async () => {
    await (await openAt('old')).close();
    const slip = {
      status: 1,
      stderr: 'There is no "nwe.env" to read settings from.\n',
    };
    expect(move('--to', 'nwe.env')).toMatchObject(slip);
    expect(existsSync(place('data'))).toBe(false);
    await (await openAt('old')).close();
  });

  it('reports a missing exchange and creates none', async () => {
    await mkdir(place('old'));
    await settingsOf('new');
    const none = {
      status: 1,
      stderr: `There is no exchange in the data folder "${place('old')}".\n`,
    };
    expect(move('--to', 'new.env')).toMatchObject(none);
    expect(move('--stay')).toMatchObject(none);
    expect([existsSync(place('old/ledger.db')), existsSync(place('new'))]).toEqual([false, false]);
  });

  it('explains its arguments and its purpose', () => {
    expect(move()).toMatchObject({ status: 1, stderr: expect.stringContaining('Say where to') });
    expect(move('--into', 'x').stderr).toContain('rfx move --help says more.');
    expect(move('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage') });
  });
});
