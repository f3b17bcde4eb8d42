/** The operator's blocklist: for new gifts, and for those that came before. */
import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ProblemBody } from '../../src/contract/problems/problem.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
let list: string;
let app: TestApp;
let lines: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-blocklist-'));
  list = join(folder, 'list');
});
beforeEach(async () => {
  await replaceList(`${sha256('bad')}  bad.txt # reported\n`);
  lines = [];
  app = await openTestApp({ BLOCKLIST: list, LOG_LEVEL: 'info' }, { log: { write: (line) => lines.push(line) } });
});
afterEach(() => app.close());
afterAll(() => rm(folder, { recursive: true }));

const block = (...texts: string[]) => replaceList(texts.map(sha256).join('\n'));

/** In one step: a sweep may read the list at any moment, half written too. */
async function replaceList(text: string): Promise<void> {
  await writeFile(`${list}.new`, text);
  await rename(`${list}.new`, list);
}

it('refuses a file of the list and keeps nothing', async () => {
  const answer = await app.upload('good.txt', 'bad');
  expect([answer.status, ((await answer.json()) as ProblemBody).reason]).toEqual([422, 'blocked-file']);
  expect(await app.blobs()).toEqual([]);
  expect((await app.upload('good.txt', 'good')).status).toBe(200);
});

it('takes a pooled gift out of circulation once the list names it, and keeps its bytes for the operator', async () => {
  await app.upload('new.txt', 'new');
  await app.upload('good.txt', 'good');
  await block('bad', 'new');
  await app.advanceTime(0);
  expect((await app.upload('new.txt', 'new')).status).toBe(422);
  expect(await (await fetch(`${app.url}/api/download`)).text()).toBe('good');
  expect((await fetch(`${app.url}/api/download`)).status).toBe(404);
  expect(await app.blobs()).toHaveLength(2);
  await app.advanceTime(15 * 86_400_000);
  expect(await app.blobs()).toEqual([]);
});

it('ends the delivery of a blocked gift, whose receiver draws anew', async () => {
  await app.upload('new.txt', 'new');
  const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
  const drawn = await app.client.draw(ticket);
  await app.upload('good.txt', 'good');
  await block('new');
  await app.advanceTime(0);
  expect((await fetch(`${app.url}${drawn?.url}`)).status).toBe(410);
  expect((await app.client.draw(ticket))?.name).toBe('good.txt');
});

it('goes on with the list before if the new one is broken, and says so once', async () => {
  await replaceList('no hash\n');
  await app.advanceTime(0);
  await app.advanceTime(0);
  expect((await app.upload('a.txt', 'bad')).status).toBe(422);
  expect(lines.filter((line) => line.includes('the blocklist is broken'))).toHaveLength(1);
  await block('other');
  await app.advanceTime(0);
  expect((await app.upload('a.txt', 'bad')).status).toBe(200);
});

it('does not start with a list that cannot be read', async () => {
  await expect(openTestApp({ BLOCKLIST: join(folder, 'none') })).rejects.toThrow('The blocklist cannot be opened');
});
