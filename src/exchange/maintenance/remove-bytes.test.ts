import { expect, it } from 'vitest';
import type { Vault } from '../../vault/vault.ts';
import type { RemovalRetry } from '../ports.ts';
import { removeBytes } from './remove-bytes.ts';

/** A vault that cannot remove some keys, and records each attempt. */
function vaultThat(fails: (key: string) => boolean) {
  const attempts: string[] = [];
  const remove: Vault['remove'] = async (key) => {
    attempts.push(key);
    await Promise.resolve();
    if (fails(key)) throw new Error('The storage fails');
  };
  const removalRetries = new Map<string, RemovalRetry>();
  return { attempts, removalRetries, vault: { remove } as Vault };
}

const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`);

it('removes all keys', async () => {
  const context = vaultThat(() => false);
  expect([...(await removeBytes(context, keys, 0))].toSorted()).toEqual(keys.toSorted());
  expect(context.removalRetries.size).toBe(0);
});

it('answers only the removed keys when the vault cannot remove one', async () => {
  const context = vaultThat((key) => key === 'key 3');
  const removed = await removeBytes(context, keys, 0);
  expect(removed.size).toBe(19);
  expect(removed.has('key 3')).toBe(false);
});

it('retries a key with exponential backoff until the vault removes it', async () => {
  let broken = true;
  const context = vaultThat(() => broken);
  const attemptsAt = async (now: number) => {
    context.attempts.length = 0;
    await removeBytes(context, ['key'], now);
    return context.attempts.length;
  };
  expect(await attemptsAt(0)).toBe(1);
  expect(await attemptsAt(4_999)).toBe(0);
  expect(await attemptsAt(5_000)).toBe(1);
  expect(await attemptsAt(14_999)).toBe(0);
  broken = false;
  expect(await attemptsAt(15_000)).toBe(1);
  expect(context.removalRetries.size).toBe(0);
});

it('stops early when every removal fails', async () => {
  const context = vaultThat(() => true);
  expect((await removeBytes(context, keys, 0)).size).toBe(0);
  expect(context.attempts.length).toBeLessThan(keys.length);
});

it('drops retries of keys that are no longer due', async () => {
  const context = vaultThat((key) => key === 'gone');
  await removeBytes(context, ['gone'], 0);
  await removeBytes(context, [], 60 * 60 * 1000);
  expect(context.removalRetries.size).toBe(0);
});
