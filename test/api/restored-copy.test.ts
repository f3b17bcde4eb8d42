/** An older copy of the data folder knows nothing of the gifts that were delivered after it was made. */
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { decideAfterRestore } from '../../src/app/create-storage.ts';
import { readConfig } from '../../src/config/load-settings.ts';
import { paths } from '../../src/contract/api/paths.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rfx-copy-'));
  return () => rm(home, { recursive: true });
});

const folder = () => join(home, 'data');
const decide = (choice: 'wait' | 'go-on') =>
  decideAfterRestore(readConfig([], { DATA_DIR: folder() }, join(home, 'no.env')), choice);
const draw = async ({ url }: TestApp) => {
  const answer = await fetch(url + paths.download);
  return answer.ok ? answer.text() : answer.status;
};
const faults = async ({ running }: TestApp) => (await running.context.ledger.audit()).faults;

/** Draws every gift of a copy that was made before, and puts the copy in the place of the folder. Answers a ticket. */
async function restoreAfterDraws(): Promise<string> {
  const first = await openTestApp({}, {}, folder());
  for (let n = 0; n < 20; n++) await first.upload(`${n}.txt`, `gift ${n}`);
  const { ticket } = await first.client.give(fileOf('mine.txt', 'mine'));
  await first.close();
  await cp(folder(), join(home, 'copy'), { recursive: true });
  const second = await openTestApp({}, {}, folder());
  for (let n = 0; n < 20; n++) expect(await draw(second)).toMatch(/^gift|^mine/);
  await second.close();
  await rm(folder(), { recursive: true });
  await rename(join(home, 'copy'), folder());
  return ticket;
}

it('keeps the gifts of the copy out of the pool until the operator returns them', async () => {
  const ticket = await restoreAfterDraws();
  expect(await decide('wait')).toBe(21);
  const waiting = await openTestApp({}, {}, folder());
  expect(await draw(waiting)).toBe(404);
  await waiting.upload('new.txt', 'new');
  const drawn = await waiting.client.draw(ticket);
  expect(await (await waiting.client.fetchDelivery({ url: drawn?.url ?? '' })).text()).toBe('new');
  // The sweep keeps their bytes, however late.
  await waiting.advanceTime(400 * 24 * 60 * 60 * 1000);
  expect(await faults(waiting)).toEqual([]);
  await waiting.close();
  expect(await decide('go-on')).toBe(21);
  const again = await openTestApp({ GIFT_TTL: '9999d' }, {}, folder());
  expect((await again.client.poolStats()).file_count).toBe(21);
  expect(await draw(again)).toMatch(/^gift|^mine/);
  expect(await faults(again)).toEqual([]);
  await again.close();
});

it('is named in the log at its first start, with the choice', async () => {
  let log = '';
  const write = (line: string) => {
    log += line;
  };
  const first = await openTestApp({ LOG_LEVEL: 'warn' }, { log: { write } }, folder());
  await first.close();
  const second = await openTestApp({ LOG_LEVEL: 'warn' }, { log: { write } }, folder());
  await second.close();
  expect(log).toBe('');
  await cp(folder(), join(home, 'copy'), { recursive: true });
  await rm(folder(), { recursive: true });
  await rename(join(home, 'copy'), folder());
  for (const times of [1, 1]) {
    const copy = await openTestApp({ LOG_LEVEL: 'warn' }, { log: { write } }, folder());
    await copy.close();
    expect(log.split('rfx adopt --after-restore').length - 1).toBe(times);
  }
});
