/** Accounts where several processes share them: on PostgreSQL, and in the workers of one SQLite. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountOrigin, openAccountBrowser, paths, problemIn } from '../clients/account-client.ts';
import { liveThroughAccount } from '../setup/account-flow.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { startService } from '../setup/service.ts';

const reason = await skipReason();
if (reason) console.warn(`Accounts on PostgreSQL are not tested: ${reason}.`);

let server: Postgres;
beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());

const settings = { ACCOUNTS: 'optional', BASE_URL: accountOrigin, RATE_LIMIT: 'off', FREE_SPACE_FLOOR: '1MiB' };

it.skipIf(reason)('an account is the same in all processes on one PostgreSQL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-accounts-'));
  const shared = { ...settings, DATABASE_URL: server.url(await server.newDatabase()), DATA_DIR: folder };
  const services = await Promise.all([startService(shared), startService(shared)]);
  const [here, there] = services.map(({ url }) => url) as [string, string];
  await liveThroughAccount([here, there]);

  // A challenge is good once, also if two processes are asked at the same time.
  const ada = openAccountBrowser(here);
  await ada.signUp();
  const phone = openAccountBrowser(here, ada.passkey);
  const credential = phone.passkey.get(await phone.options('sign-in'));
  const other = openAccountBrowser(there);
  for (const [name, value] of phone.cookies) other.cookies.set(name, value);
  const answers = await Promise.all([phone, other].map((one) => one.post(paths.signInByPasskey, { credential })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400]);
  expect(await problemIn(answers.find(({ status }) => status === 400) as Response)).toBe('400 challenge-over');
  await Promise.all(services.map((service) => service.stop()));
  await rm(folder, { recursive: true });
});

it('an account is the same in all workers of one SQLite, and after a crash', async () => {
  const service = await startService({ ...settings, WORKERS: '2' });
  await liveThroughAccount([service.url, service.url]);
  const ada = openAccountBrowser(service.url);
  await ada.signUp('Ada');
  await ada.give('kept.txt', 'kept');
  await service.restart();
  expect((await ada.history()).entries).toMatchObject([{ gave: { name: 'kept.txt' } }]);
  await service.stop();
});

it('names of files in histories are sealed where there are keys', async () => {
  const key = `one:${Buffer.alloc(32, 7).toString('base64')}`;
  const service = await startService({ ...settings, ENCRYPTION_KEYS: key });
  await liveThroughAccount([service.url, service.url]);
  const ada = openAccountBrowser(service.url);
  await ada.signUp();
  await ada.give('a secret name.txt', 'Ada was here');
  expect((await ada.history()).entries).toMatchObject([{ gave: { name: 'a secret name.txt' } }]);
  for (const name of ['ledger.db', 'ledger.db-wal'])
    expect((await readFile(join(service.dataDir, name))).includes('a secret name')).toBe(false);
  await service.stop();
});
