/** The command `rfx users`, beside a running service. */
import { expect, it } from 'vitest';
import { accountOrigin, openAccountBrowser, paths, problemIn } from '../clients/account-client.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { openTestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();

const users = (...argv: string[]) => runCommand(place(), { DATA_DIR: place('data') }, 'users', ...argv);

it('refuses what it does not know', async () => {
  expect(await users('--help')).toMatchObject({ code: 0, out: expect.stringContaining('sign-out') });
  expect(await users()).toMatchObject({ code: 2, err: expect.stringContaining('There is no exchange at') });
  for (const wrong of [['rename', 'a', 'b'], ['role', 'a'], ['sign-out'], ['delete', 'a', 'b', '--yes']])
    expect(await users(...wrong)).toMatchObject({ code: 2, err: expect.stringContaining('no command') });
});

it('lists accounts and changes them beside the service', async () => {
  const app = await openTestApp({ ACCOUNTS: 'optional', BASE_URL: accountOrigin }, {}, place('data'));
  const ada = openAccountBrowser(app.url);
  await ada.signUp('Ada\u001b[31m\tLovelace');
  await ada.give('ada.txt', 'Ada was here');
  const list = await users();
  expect(list).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\t-\tAda\?\[31m\?Lovelace\tmember\t\d{4}-\d\d-\d\d\t1\n/),
  });
  const id = list.out.split('\n')[1]?.split('\t')[0] ?? '';
  expect(await users('role', id, 'king')).toMatchObject({ code: 2, err: expect.stringContaining('one of member') });
  expect(await users('role', 'nobody@example.org', 'admin')).toMatchObject({ code: 2, out: '' });
  expect(await users('role', id, 'moderator')).toMatchObject({ code: 0 });
  expect(await (await ada.send(paths.account)).json()).toMatchObject({ account: { role: 'moderator' } });
  expect(await users('sign-out', id)).toMatchObject({ code: 0, out: expect.stringContaining('1 sessions') });
  expect(await problemIn(await ada.send(paths.sessions))).toBe('401 session-over');
  await ada.signIn();
  expect(await users('delete', id)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  expect((await ada.send(paths.sessions)).status).toBe(200);
  expect(await users('delete', id, '--yes')).toMatchObject({ code: 0 });
  expect(await problemIn(await ada.signIn())).toBe('401 sign-in-failed');
  expect((await app.client.poolStats()).file_count).toBe(1);
  await app.close();
});
