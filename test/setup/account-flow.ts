/** The promises of accounts across devices and processes, for every way to run the exchange. */
import { expect } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { openAccountBrowser, paths, problemIn } from '../clients/account-client.ts';
import { receive } from '../clients/receive.ts';

/** Runs through the life of an account at an exchange with the addresses of two processes, or one address twice. */
export async function liveThroughAccount([here, there]: readonly [string, string]): Promise<void> {
  const laptop = openAccountBrowser(here);
  // Given before there is an account: a gift with a ticket, and one that waits for another.
  const before = await laptop.give('before.txt', 'given before');
  const free = async (browser: typeof laptop) =>
    browser.send(paths.download, { headers: { 'sec-fetch-mode': 'cors' } });
  expect((await laptop.signUp('Ada')).status).toBe(204);
  expect((await laptop.history()).entries).toEqual([]);
  const taken = { giver: before.giver, tickets: [before.ticket, `t_${'x'.repeat(32)}`], deliveries: [] };
  const answer = await (await laptop.post(paths.accountHistory, taken)).json();
  expect(answer).toMatchObject({ added: 1, known: 0, foreign: 0, unknown: 1 });

  const phone = openAccountBrowser(there, laptop.passkey);
  expect((await phone.signIn()).status).toBe(204);
  expect((await phone.history()).entries).toMatchObject([
    { gave: { name: 'before.txt', fate: 'waiting' }, state: 'open' },
  ]);
  const given = await phone.give('from phone.txt', 'given on the phone');
  expect(given.giver).toBe((answer as { giver: string }).giver);

  // Never her own, whichever device gave it, with a ticket and without (P5).
  const client = createClient(there);
  for (const { ticket } of [before, given]) expect(await client.draw(ticket)).toBeUndefined();
  expect(await problemIn(await free(phone))).toBe('404 pool-empty');
  const stranger = openAccountBrowser(there);
  await stranger.signUp();
  expect(await (await stranger.post(paths.accountHistory, taken)).json()).toMatchObject({ added: 0, foreign: 1 });
  for (const text of ['one', 'two', 'three']) await stranger.give(`${text}.txt`, text);
  const delivery = await client.draw(before.ticket);
  expect(delivery?.name).toMatch(/^(?:one|two|three)\.txt$/);
  if (delivery) await receive(() => client, delivery);

  const [, older] = (await laptop.history()).entries;
  expect(older).toMatchObject({ state: 'spent', received: { name: delivery?.name, reported: false } });
  expect((await laptop.history('?direction=received')).entries).toHaveLength(1);
  expect((await laptop.history('?text=PHONE')).entries).toMatchObject([{ gave: { name: 'from phone.txt' } }]);
  const first = await laptop.history('?limit=1');
  expect((await laptop.history(`?limit=1&before=${first.next}`)).entries).toEqual([older]);

  expect((await laptop.post(paths.signOut, {})).status).toBe(204);
  expect((await phone.send(paths.accountHistory, { method: 'DELETE' })).status).toBe(204);
  expect((await phone.history()).entries).toEqual([]);
  expect((await phone.send(paths.account, { method: 'DELETE' })).status).toBe(204);
  expect(await problemIn(await laptop.signIn())).toBe('401 sign-in-failed');
}
