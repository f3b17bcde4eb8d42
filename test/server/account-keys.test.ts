/** The names in histories under the operator's keys: sealed, rotated, and found again. */
import { expect, it } from 'vitest';
import { accountOrigin, openAccountBrowser } from '../clients/account-client.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { openTestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();
const [one, two] = [1, 2].map((n) => `key${n}:${Buffer.alloc(32, n).toString('base64')}`) as [string, string];

const open = (keys: Record<string, string>) =>
  openTestApp({ ACCOUNTS: 'optional', BASE_URL: accountOrigin, ...keys }, {}, place('data'));

async function keys(verb: string, ENCRYPTION_KEYS: string) {
  const { code, out, err } = await runCommand(place(), { DATA_DIR: place('data'), ENCRYPTION_KEYS }, 'keys', verb);
  return { code, out: out + err };
}

it('names in histories survive the change of keys', async () => {
  const plain = await open({});
  const ada = openAccountBrowser(plain.url);
  await ada.signUp();
  await ada.give('from before.txt', 'before');
  await plain.close();
  const first = await open({ ENCRYPTION_KEYS: one });
  expect(await keys('encrypt', one)).toMatchObject({ code: 0 });
  expect((await keys('status', one)).out).toContain('not encrypted: 0 files, 0 names');
  await first.close();
  const second = await open({ ENCRYPTION_KEYS: `${two},${one}` });
  expect(await keys('rotate', `${two},${one}`)).toMatchObject({
    code: 0,
    out: expect.stringContaining('Nothing is under "key1" any more'),
  });
  await second.close();
  const third = await open({ ENCRYPTION_KEYS: two });
  const phone = openAccountBrowser(third.url, ada.passkey);
  await phone.signIn();
  // Rows of gifts are purged at last, and histories have their own names.
  await third.running.context.ledger.sweepHistory({ purgeBefore: 0, beganBefore: 0, limit: 10 });
  expect((await phone.history()).entries).toMatchObject([{ gave: { name: 'from before.txt' } }]);
  const stored = await third.running.context.ledger.sealedHistory(0);
  expect(stored).toHaveLength(1);
  expect(stored[0]?.text).not.toContain('from before');
  await third.close();
});
