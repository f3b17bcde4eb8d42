import { expect, it } from 'vitest';
import type { Vault } from '../../vault/vault.ts';
import type { RemovalRetry } from '../ports.ts';
import { removeBytes } from './remove-bytes.ts';

/** A vault that cannot remove some keys, and records the keys it was asked to remove. */
function vaultThat(fails: (key: string) => boolean) {
  const asked: string[] = [];
  const remove: Vault['remove'] = async (key) => {
    asked.push(key);
    await Promise.resolve();
    if (fails(key)) throw new Error('The storage fails');
  };
  const removalRetries = new Map<string, RemovalRetry>();
  return { asked, removalRetries, vault: { remove } as Vault };
}

const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`);

it('removes all', async () => {
  const context = vaultThat(() => false);
  expect([...(await removeBytes(context, keys, 0))].toSorted()).toEqual(keys.toSorted());
  expect(context.removalRetries.size).toBe(0);
});

it('goes on when one cannot be removed, and never says that it was', async () => {
  const context = vaultThat((key) => key === 'key 3');
  const removed = await removeBytes(context, keys, 0);
  expect(removed.size).toBe(19);
  expect(removed.has('key 3')).toBe(false);
});

it('leaves alone what failed for a while that doubles, and forgets it when it works', async () => {
  let broken = true;
  const context = vaultThat(() => broken);
  const tries = async (now: number) => {
    context.asked.length = 0;
    await removeBytes(context, ['key'], now);
    return context.asked.length;
  };
  expect(await tries(0)).toBe(1);
  expect(await tries(4_999)).toBe(0);
  expect(await tries(5_000)).toBe(1);
  expect(await tries(14_999)).toBe(0);
  broken = false;
  expect(await tries(15_000)).toBe(1);
  expect(context.removalRetries.size).toBe(0);
});

it('asks for no more when the storage fails altogether', async () => {
  const context = vaultThat(() => true);
  expect((await removeBytes(context, keys, 0)).size).toBe(0);
  expect(context.asked.length).toBeLessThan(keys.length);
});

it('forgets what nobody asks for any more', async () => {
  const context = vaultThat((key) => key === 'gone');
  await removeBytes(context, ['gone'], 0);
  await removeBytes(context, [], 60 * 60 * 1000);
  expect(context.removalRetries.size).toBe(0);
});
