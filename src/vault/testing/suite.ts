import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contract/problems/problem.ts';
import { blockSize, maxChunkSize, type Span, type StoredFacts, type Vault } from '../vault.ts';
import { chunks, collect, keysOf, newKey, sample } from './samples.ts';

/** A vault under test. `damage` changes the bytes at rest; a change to undefined removes them. */
interface OpenedVault {
  readonly vault: Vault;
  damage(key: string, change: (bytes: Uint8Array) => Uint8Array | undefined): Promise<void>;
  close(): Promise<void>;
}

const whole = ({ size }: Pick<StoredFacts, 'size'>): Span => ({ start: 0, end: size });

/** The expected facts, computed independently of the vault. */
function expected(bytes: Uint8Array): StoredFacts {
  const checks = Buffer.alloc(Math.ceil(bytes.byteLength / blockSize) * 4);
  for (let at = 0; at < bytes.byteLength; at += blockSize) {
    checks.writeUInt32LE(crc32(bytes.subarray(at, at + blockSize)), (at / blockSize) * 4);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.byteLength, sha256, checks: Uint8Array.from(checks) };
}

async function putSample(vault: Vault, size: number) {
  const key = newKey();
  const bytes = sample(size);
  return { key, bytes, stored: await vault.put(key, chunks(bytes, [100_000])) };
}

/** Reads until the end or an error. */
async function readUntilError(
  vault: Vault,
  key: string,
  stored: StoredFacts,
  span = whole(stored),
) {
  const parts: Uint8Array[] = [];
  try {
    for await (const chunk of vault.read(key, stored, span)) parts.push(Uint8Array.from(chunk));
  } catch (error) {
    return { bytes: Buffer.concat(parts), error };
  }
  return { bytes: Buffer.concat(parts), error: undefined };
}

/** Expects an empty vault. A day later the sweep removes any leftover. */
async function expectNothing(vault: Vault) {
  expect(await keysOf(vault)).toEqual([]);
  expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
}

async function roundTrip({ vault }: OpenedVault, size: number) {
  const { key, bytes, stored } = await putSample(vault, size);
  expect(stored).toEqual(expected(bytes));
  expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
}

async function damageAt({ vault, damage }: OpenedVault, position: number) {
  const { key, bytes, stored } = await putSample(vault, 3 * blockSize + 5);
  await damage(key, (kept) => kept.with(position, (kept[position] ?? 0) ^ 1));
  const block = Math.floor(position / blockSize);
  const read = await readUntilError(vault, key, stored);
  expect(read.error).toMatchObject({ code: 'gift-damaged' });
  expect(read.bytes.equals(bytes.subarray(0, block * blockSize))).toBe(true);
  const inside = { start: block * blockSize, end: block * blockSize + 1 };
  expect(await readUntilError(vault, key, stored, inside)).toMatchObject({
    bytes: Buffer.alloc(0),
    error: { code: 'gift-damaged' },
  });
}

const sizes = [0, 1, blockSize - 1, blockSize, blockSize + 1, 2 ** 20 + 3];

const cases: Record<string, (opened: OpenedVault) => Promise<void>> = {
  ...Object.fromEntries(
    sizes.map((size) => [
      `returns ${size} bytes unchanged`,
      (opened: OpenedVault) => roundTrip(opened, size),
    ]),
  ),

  'stores the same facts for any chunks': async ({ vault }) => {
    const chunkSizes = fc.array(fc.integer({ min: 0, max: 1.5 * blockSize }), { maxLength: 8 });
    const size = fc.integer({ min: 0, max: 3 * blockSize });
    await fc.assert(
      fc.asyncProperty(size, chunkSizes, async (size, chunkSizes) => {
        const bytes = sample(size);
        const key = newKey();
        const stored = await vault.put(key, chunks(bytes, chunkSizes));
        expect(stored).toEqual(expected(bytes));
        expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
      }),
      { numRuns: 30 },
    );
  },

  'reads any span': async ({ vault }) => {
    const { key, bytes, stored } = await putSample(vault, 2.5 * blockSize);
    const edge = fc.constantFrom(0, 1, blockSize - 1, blockSize, blockSize + 1, stored.size - 1);
    const place = fc.oneof(edge, fc.integer({ min: 0, max: stored.size }));
    const check = async (a: number, b: number) => {
      const span = { start: Math.min(a, b), end: Math.max(a, b) };
      const read = await collect(vault.read(key, stored, span));
      expect(read.equals(bytes.subarray(span.start, span.end))).toBe(true);
    };
    await check(0, 1);
    await check(stored.size - 1, stored.size);
    await check(blockSize - 1, blockSize + 1);
    await fc.assert(fc.asyncProperty(place, place, check), { numRuns: 60 });
  },

  'yields nothing for an empty span': async ({ vault }) => {
    const { key, stored } = await putSample(vault, 10);
    for await (const chunk of vault.read(key, stored, { start: 5, end: 5 })) {
      expect.unreachable(`${chunk.byteLength} bytes of none`);
    }
  },

  'keeps a chunk unchanged until the next one is requested': async ({ vault }) => {
    const { key, bytes, stored } = await putSample(vault, 4 * blockSize);
    let at = 10;
    for await (const chunk of vault.read(key, stored, { start: at, end: stored.size })) {
      await sleep(20);
      expect(chunk.byteLength).toBeLessThanOrEqual(maxChunkSize);
      expect(Buffer.from(chunk).equals(bytes.subarray(at, at + chunk.byteLength))).toBe(true);
      at += chunk.byteLength;
    }
    expect(at).toBe(stored.size);
  },

  'never yields a damaged first block': (opened) => damageAt(opened, 0),
  'never yields a damaged middle block': (opened) => damageAt(opened, 2 * blockSize - 1),
  'never yields a damaged last block': (opened) => damageAt(opened, 3 * blockSize + 4),

  'reads an intact part of a damaged file': async ({ vault, damage }) => {
    const { key, bytes, stored } = await putSample(vault, 2 * blockSize);
    await damage(key, (kept) => kept.with(0, (kept[0] ?? 0) ^ 1));
    const span = { start: blockSize, end: stored.size };
    const read = await collect(vault.read(key, stored, span));
    expect(read.equals(bytes.subarray(blockSize))).toBe(true);
  },

  'reports damage for a file of another size': async ({ vault, damage }) => {
    const shorter = await putSample(vault, 2 * blockSize);
    await damage(shorter.key, (kept) => kept.subarray(0, blockSize));
    expect(await readUntilError(vault, shorter.key, shorter.stored)).toMatchObject({
      bytes: Buffer.alloc(0),
      error: { code: 'gift-damaged' },
    });
    const longer = await putSample(vault, blockSize);
    await damage(longer.key, (kept) => Buffer.concat([kept, kept]));
    expect(await readUntilError(vault, longer.key, longer.stored)).toMatchObject({
      bytes: Buffer.alloc(0),
      error: { code: 'gift-damaged' },
    });
  },

  'reports damage for a missing file': async ({ vault, damage }) => {
    const { key, stored } = await putSample(vault, 10);
    await damage(key, () => undefined);
    expect((await readUntilError(vault, key, stored)).error).toMatchObject({
      code: 'gift-damaged',
    });
  },

  'never yields a block without a checksum': async ({ vault }) => {
    const { key, stored } = await putSample(vault, blockSize + 1);
    const half = { ...stored, checks: stored.checks.subarray(0, 4) };
    const read = await readUntilError(vault, key, half);
    expect(read.error).toMatchObject({ code: 'gift-damaged' });
    expect(read.bytes.byteLength).toBe(blockSize);
  },

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

  'rejects a span outside the file': async ({ vault }) => {
    const { key, stored } = await putSample(vault, 10);
    for (const [start, end] of [
      [-1, 1],
      [0, 11],
      [2, 1],
      [0.5, 1],
    ] as const) {
      await expect(collect(vault.read(key, stored, { start, end }))).rejects.toThrow(RangeError);
    }
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

  'accepts 64 concurrent puts': async ({ vault }) => {
    const gives = Array.from({ length: 64 }, (_, n) => putSample(vault, n * 9973));
    for (const { key, bytes, stored } of await Promise.all(gives)) {
      expect(stored).toEqual(expected(bytes));
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

/**
 * The suite of all vaults; `open` creates an empty one. `skips` maps cases that an implementation cannot pass to a reason; an
 * unknown case fails.
 */
export function vaultSuite(
  name: string,
  open: () => Promise<OpenedVault>,
  skips: Readonly<Record<string, string>> = {},
): void {
  describe(name, () => {
    it('skips only cases that exist', () => {
      expect(Object.keys(skips).filter((skip) => !(skip in cases))).toEqual([]);
    });
    for (const [title, run] of Object.entries(cases)) {
      it(title, async (context) => {
        const reason = skips[title];
        if (reason !== undefined) return context.skip(reason);
        const opened = await open();
        try {
          await run(opened);
        } finally {
          await opened.close();
        }
      });
    }
  });
}
