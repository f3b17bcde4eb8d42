import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Problem } from '../../../contract/problems/problem.ts';
import { blockSize, type StoredFacts } from '../../vault.ts';
import { chunks, collect, keysOf, newKey, sample } from '../samples.ts';
import { expected, expectFacts, expectNothing, type OpenedVault, putSample, readUntilError, whole } from './facts.ts';

/** Cases about storing, listing and removing. */
export const storingCases: Readonly<Record<string, (opened: OpenedVault) => Promise<void>>> = {
  'stores nothing if the source throws': async ({ vault }) => {
    const cut = new Error('The giver hung up');
    for (const size of [0, 1, 3 * blockSize]) {
      const source = async function* () {
        yield* chunks(sample(size), [100_000]);
        throw cut;
      };
      await expect(vault.put(newKey(), source())).rejects.toBe(cut);
    }
    await expectNothing(vault);
  },

  'rejects an existing key and changes nothing': async ({ vault }) => {
    const { key, bytes, stored } = await putSample(vault, 10);
    await expect(vault.put(key, chunks(sample(20)))).rejects.toThrow();
    expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
    await vault.remove(key);
    await expectNothing(vault);
  },

  'stores one of several concurrent puts with the same key': async ({ vault }) => {
    const key = newKey();
    const gives = Array.from({ length: 8 }, (_, n) => vault.put(key, chunks(sample(1000 + n))));
    const results = await Promise.allSettled(gives);
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const result of results) {
      // The storage works, so that the error must not be a Problem.
      if (result.status === 'rejected') expect(result.reason).not.toBeInstanceOf(Problem);
    }
    const stored = won[0]?.value as StoredFacts;
    const read = await collect(vault.read(key, stored, whole(stored)));
    expect(read.equals(sample(stored.size))).toBe(true);
    await vault.remove(key);
    await expectNothing(vault);
  },

  'rejects an invalid key': async ({ vault }) => {
    for (const key of ['', '../../etc/passwd', 'A'.repeat(32), 'a'.repeat(31), 'a'.repeat(33)]) {
      await expect(vault.put(key, chunks(sample(1)))).rejects.toThrow(TypeError);
      await expect(vault.remove(key)).rejects.toThrow(TypeError);
      const stored = expected(sample(1));
      await expect(collect(vault.read(key, stored, whole(stored)))).rejects.toThrow(TypeError);
    }
    await expectNothing(vault);
  },

  'removes a gift, also twice': async ({ vault }) => {
    const { key, stored } = await putSample(vault, 10);
    await vault.remove(key);
    await vault.remove(key);
    expect((await readUntilError(vault, key, stored)).error).toMatchObject({
      code: 'gift-damaged',
    });
    await expectNothing(vault);
  },

  'lists gifts by shard, with time and size': async ({ vault }) => {
    const before = Date.now();
    const kept = new Map<string, number>();
    for (let n = 0; n < 40; n += 1) kept.set((await putSample(vault, n)).key, n);
    const [first = ''] = kept.keys();
    await vault.remove(first);
    kept.delete(first);
    const listed: string[] = [];
    for await (const { shard, keys } of vault.shards()) {
      for (const [key, { storedAt, size }] of keys) {
        expect(key.slice(0, 2)).toBe(shard);
        expect(size).toBe(kept.get(key));
        // File systems have coarse clocks, and a bucket has the clock of another machine.
        expect(Math.abs(storedAt - before)).toBeLessThan(60_000);
        listed.push(key);
      }
    }
    expect(listed.toSorted()).toEqual([...kept.keys()].toSorted());
  },

  'neither lists nor sweeps a gift that is being stored': async ({ vault }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const source = async function* () {
      yield sample(1000);
      await promise;
      yield sample(1000);
    };
    const put = vault.put(newKey(), source());
    await sleep(50);
    expect(await keysOf(vault)).toEqual([]);
    expect(await vault.sweep(Date.now(), 3_600_000)).toBe(0);
    resolve();
    expect((await put).size).toBe(2000);
    expect(await keysOf(vault)).toHaveLength(1);
  },

  'accepts 64 concurrent puts': async (opened) => {
    const { vault } = opened;
    const gives = Array.from({ length: 64 }, (_, n) => putSample(vault, n * 9973));
    for (const { key, bytes, stored } of await Promise.all(gives)) {
      expectFacts(opened, stored, bytes);
      expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
    }
    expect(await keysOf(vault)).toHaveLength(64);
  },

  'returns the last id, and undefined before the first': async ({ vault }) => {
    expect(await vault.id()).toBeUndefined();
    for (const id of ['a'.repeat(32), 'b'.repeat(32)]) {
      await vault.setId(id);
      expect(await vault.id()).toBe(id);
    }
    await putSample(vault, 10);
    expect(await keysOf(vault)).toHaveLength(1);
    expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
    expect(await vault.id()).toBe('b'.repeat(32));
  },

  'reports its free space and passes its check': async ({ vault }) => {
    expect(await vault.free()).toBeGreaterThan(0);
    await vault.check();
    await expectNothing(vault);
  },
};
