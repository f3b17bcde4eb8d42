/** The command `rfx admin`, beside a running service. */
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { Delivery } from '../../src/contract/api/schemas.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { fileOf, openTestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();

const admin = (...argv: string[]) => runCommand(place(), { DATA_DIR: place('data') }, 'admin', ...argv);
const printed = async (...argv: string[]) => {
  const { code, out, err } = await admin(...argv);
  expect([code, err]).toEqual([0, '']);
  return out;
};

const day = 24 * 3_600_000;

it('refuses what it does not know', async () => {
  expect(await admin('--help')).toMatchObject({ code: 0, out: expect.stringContaining('reports undo') });
  expect(await admin('reports', 'list')).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no exchange at'),
  });
  for (const wrong of [['reports'], ['reports', 'list', 'x'], ['judge', 'x'], ['block'], ['audit', 'x']])
    expect(await admin(...wrong)).toMatchObject({ code: 2, err: expect.stringContaining('no command') });
  expect(await admin('ban', 'king', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('rfx admin ban') });
});

it('lists reports and decides about them beside the service', async () => {
  const app = await openTestApp({ BUNDLE_UP_TO: '0' }, {}, place('data'));
  const { ticket } = await app.client.give(fileOf('bad\u001b[31m.txt', 'bad'));
  const { ticket: mine } = await app.client.give(fileOf('mine.txt', 'mine'));
  const delivery = (await app.client.draw(mine)) as Delivery;
  const { sha256 } = delivery;
  await app.client.report(delivery, { reason: 'harmful', note: 'Look\u0007.' });

  expect(await printed('reports', 'list')).toMatch(
    new RegExp(`\n${sha256}\topen\t1\tharmful\ttext\t3\t[^\n]*\tbad[^\n]*\n$`),
  );
  expect(await printed('reports', 'list', '--state', 'removed', '--json')).toBe('');
  const shown = await printed('reports', 'show', sha256);
  expect(shown).toContain('harmful\topen\tparty ');
  expect(shown).toContain('Look?.');
  for (const control of ['\u001b', '\u0007']) expect(shown).not.toContain(control);

  expect(await admin('reports', 'remove', sha256)).toMatchObject({ code: 2, err: expect.stringContaining('--ground') });
  expect(await admin('reports', 'remove', sha256, '--ground', 'dull')).toMatchObject({ code: 2, out: '' });
  const rule = ['--ground', 'illegal', '--rule', 'No such files.'];
  const removed = JSON.parse(await printed('reports', 'remove', sha256, ...rule, '--json')) as object;
  expect(removed).toMatchObject({ state: 'removed', ground: 'illegal', rule: 'No such files.' });
  await expect(app.client.fetchDelivery(delivery)).rejects.toMatchObject({ code: 'gift-damaged' });
  expect((await app.client.ticket(ticket)).gift.fate).toBe('removed');
  const refused = await app.upload('again.txt', 'bad');
  expect(await refused.json()).toMatchObject({ reason: 'blocked-file' });

  await printed('reports', 'undo', sha256);
  expect((await app.client.ticket(ticket)).gift.fate).toBe('waiting');
  expect((await app.upload('again.txt', 'bad')).status).toBe(200);
  await printed('reports', 'remove', sha256, ...rule);
  expect((await app.client.poolStats()).file_count).toBe(1);
  await app.advanceTime(13 * day);
  expect(await app.blobs()).toHaveLength(3);
  await app.advanceTime(2 * day);
  expect(await app.blobs()).toHaveLength(1);
  expect((await app.running.context.ledger.audit()).faults).toEqual([]);

  expect(await printed('audit', '--limit', '2')).toMatch(
    /^[^\n]*\tshell\tremove\t[^\n]*\n[^\n]*\tshell\tundo\t[^\n]*\n$/,
  );
  await app.close();
});

it('holds bytes for the law, blocks files and bans givers', async () => {
  const app = await openTestApp({}, {}, place('data'));
  const sha256 = 'ab'.repeat(32);
  expect(await printed('block', sha256.toUpperCase())).toContain('removed');
  expect(await printed('reports', 'hold', sha256, '--until', '2999-01-31')).toContain('legal hold until\t2999-01-31');
  expect(await admin('reports', 'hold', sha256)).toMatchObject({ code: 2, err: expect.stringContaining('--until') });
  expect(await admin('reports', 'approve', 'cd'.repeat(32))).toMatchObject({
    code: 2,
    err: expect.stringContaining('no review'),
  });
  await printed('ban', 'giver', 'a hash');
  expect(await printed('ban')).toBe('giver\ta hash\n');
  await printed('ban', 'lift', 'giver', 'a hash');
  expect(await printed('ban', '--json')).toBe('');
  const actions = (await printed('audit', '--json')).split('\n').slice(0, 4);
  expect(actions.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual([
    'unban',
    'ban',
    'retain',
    'remove',
  ]);
  await app.close();
});

it('writes a log that nothing can change', async () => {
  const app = await openTestApp({}, {}, place('data'));
  await printed('block', 'ab'.repeat(32));
  const db = new Database(place('data/ledger.db'));
  expect(() => db.exec("update audit set action = 'nothing'")).toThrow('audit only grows');
  expect(() => db.exec('delete from audit')).toThrow('audit only grows');
  db.close();
  await app.close();
});

it('opens the names and notes of an encrypted exchange, and needs its keys', async () => {
  const ENCRYPTION_KEYS = `first:${Buffer.alloc(32, 7).toString('base64')}`;
  const app = await openTestApp({ ENCRYPTION_KEYS }, {}, place('data'));
  await app.client.give(fileOf('sealed name.txt', 'bad'));
  const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
  const delivery = (await app.client.draw(ticket)) as Delivery;
  await app.client.report(delivery, { reason: 'other', note: 'A sealed note.' });
  expect(await admin('reports', 'list')).toMatchObject({ code: 2, out: '' });
  const withKeys = (...argv: string[]) =>
    runCommand(place(), { DATA_DIR: place('data'), ENCRYPTION_KEYS }, 'admin', ...argv);
  const { out } = await withKeys('reports', 'show', delivery.sha256);
  expect(out).toContain('sealed name.txt');
  expect(out).toContain('A sealed note.');
  await app.close();
});
