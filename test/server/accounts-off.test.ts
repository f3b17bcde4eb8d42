/** Without accounts, nothing of theirs is loaded. */
import { expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { accountOrigin } from '../clients/account-client.ts';
import { startService } from '../setup/service.ts';

/** Prints the address of each module as it is loaded. */
const spy = `import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => { process.stderr.write('loaded ' + url + '\\n'); return next(url, context); } });`;

/** The modules of accounts that a service loads while it is used. */
async function loadedBy(settings: Readonly<Record<string, string>>): Promise<string[]> {
  let output = '';
  const NODE_OPTIONS = `--import=data:text/javascript;base64,${Buffer.from(spy).toString('base64')}`;
  const service = await startService({ ...settings, NODE_OPTIONS }, { onOutput: (text) => (output += text) });
  const client = createClient(service.url);
  const { ticket } = await client.give({ name: 'a.txt', bytes: new Blob(['a']) });
  await client.upload({ name: 'b.txt', bytes: new Blob(['b']) });
  await client.draw(ticket);
  await fetch(`${service.url}/api/account`);
  await service.stop();
  const loaded = [...output.matchAll(/^loaded (.+)$/gm)].map(([, url = '']) => url);
  expect(loaded.some((url) => url.includes('better-sqlite3'))).toBe(true);
  return loaded.filter((url) =>
    /better-auth|simplewebauthn|nodemailer|zod|open-accounts|account-(?:handlers|rows)|auth-rows/.test(url),
  );
}

it('without accounts, nothing of theirs is loaded', async () => {
  expect(await loadedBy({})).toEqual([]);
});

it('with accounts, they are loaded', async () => {
  const loaded = await loadedBy({ ACCOUNTS: 'optional', BASE_URL: accountOrigin });
  for (const part of ['better-auth', 'simplewebauthn', 'open-accounts', 'account-handlers'])
    expect(loaded.some((url) => url.includes(part))).toBe(true);
  expect(loaded.some((url) => url.includes('nodemailer'))).toBe(false);
});
