/** Pages that the operator writes, and where to report weaknesses. */
import { beforeEach, expect, it } from 'vitest';
import { closingApps } from '../setup/closing-apps.ts';
import { scratchFolder } from '../setup/scratch.ts';

const open = closingApps();
const { place, write } = scratchFolder();
beforeEach(() => {
  write('rules.txt', 'Be kind. Grüße!');
  write('secret.txt', 'not a page');
});

it('are served as text, and named in the statistics', async () => {
  const app = await open({ PAGES_DIR: place() });
  const answer = await fetch(`${app.url}/pages/rules`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  expect(await answer.text()).toBe('Be kind. Grüße!');
  expect(await app.client.poolStats()).toMatchObject({ pages: ['rules'] });
  write('rules.txt', 'Changed.');
  expect(await (await fetch(`${app.url}/pages/rules`)).text()).toBe('Changed.');
});

it.each(['privacy', 'secret', 'secret.txt', '..%2fpages%2frules', '__proto__'])(
  'are no other file: %s',
  async (page) => {
    const app = await open({ PAGES_DIR: place() });
    expect((await fetch(`${app.url}/pages/${page}`)).status).toBe(404);
  },
);

it('are none without a folder, and there is no contact without a setting', async () => {
  const app = await open();
  for (const path of ['/pages/rules', '/.well-known/security.txt'])
    expect((await fetch(app.url + path)).status).toBe(404);
  expect(await app.client.poolStats()).toMatchObject({ pages: [] });
});

it('say where to report weaknesses, for half a year from now', async () => {
  const now = Date.UTC(2030, 0, 1);
  const app = await open({ SECURITY_CONTACT: 'mailto:security@example.org' }, { now: () => now });
  const text = await (await fetch(`${app.url}/.well-known/security.txt`)).text();
  expect(text).toBe('Contact: mailto:security@example.org\nExpires: 2030-06-30T00:00:00.000Z\n');
});
