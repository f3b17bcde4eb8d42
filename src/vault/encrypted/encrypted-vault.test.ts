import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { corruptAtRest } from '../../../test/setup/corrupt-bytes.ts';
import { chunkOffset, chunkSize, encryptedSize, sealedChunkSize } from '../../encryption/chunk-cipher.ts';
import { createKeyRing, type KeyRing } from '../../encryption/key-ring.ts';
import { maxSmallFileSize, openLayeredVault } from '../small-files/layered-vault.ts';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { collect } from '../testing/samples.ts';
import { encryptedSkips } from '../testing/suite/encrypted-skips.ts';
import { putSample, readUntilError, whole } from '../testing/suite/facts.ts';
import { vaultSuite } from '../testing/suite/suite.ts';
import type { StoredFacts, Vault } from '../vault.ts';
import { encryptVault } from './encrypted-vault.ts';
import { keyOfChecks } from './file-keys.ts';

const newRing = (id = 'k1') => createKeyRing([{ id, secret: randomBytes(32) }], randomBytes);

for (const [name, maxSize] of [
  ['the encrypted vault of files', 0],
  ['the encrypted vault with small files', maxSmallFileSize],
] as const) {
  vaultSuite(
    name,
    async () => {
      const folder = await newFolder();
      const vault = encryptVault(await openLayeredVault(folder, maxSize), newRing());
      return {
        vault,
        isEncrypted: true,
        damage: (key, change) => corruptAtRest(folder, key, change),
        close: () => vault.close(),
      };
    },
    encryptedSkips,
  );
}

describe('an encrypted file', () => {
  let folder: string;
  let ring: KeyRing;
  let below: Vault;
  let vault: Vault;
  beforeEach(async () => {
    folder = await newFolder();
    ring = newRing();
    below = await openLayeredVault(folder, maxSmallFileSize);
    vault = encryptVault(below, ring);
  });
  afterEach(async () => {
    await below.close();
    await removeFolders();
  });

  const change = (key: string, to: (bytes: Uint8Array) => Uint8Array) => corruptAtRest(folder, key, to);
  const damagedProblem = { code: 'gift-damaged' };

  it.each([10, 3_000, 70_000, 300_000])('of %i bytes holds nothing of its plaintext', async (size) => {
    const { key, bytes, stored } = await putSample(vault, size);
    expect(keyOfChecks(stored.checks)).toBe(ring.first.fingerprint);
    await change(key, (kept) => {
      expect(kept.byteLength).toBe(encryptedSize(size));
      for (let at = 0; at + 10 <= size; at += 1_000)
        expect(Buffer.from(kept).indexOf(bytes.subarray(at, at + 10))).toBe(-1);
      return kept;
    });
  });

  it.each([5_000, 100_000, 600_000])('of %i bytes is refused at its first changed chunk', async (size) => {
    const { key, bytes, stored } = await putSample(vault, size);
    await fc.assert(
      fc.asyncProperty(fc.nat(encryptedSize(size) - 1), async (at) => {
        const flip = (kept: Uint8Array) => kept.with(at, (kept[at] ?? 0) ^ 1);
        await change(key, flip);
        const read = await readUntilError(vault, key, stored);
        expect(read.error).toMatchObject(damagedProblem);
        const sound = Math.max(0, Math.floor((at - chunkOffset(0)) / sealedChunkSize)) * chunkSize;
        expect(read.bytes.equals(bytes.subarray(0, sound))).toBe(true);
        await change(key, flip);
      }),
      { numRuns: 40 },
    );
    expect((await collect(vault.read(key, stored, whole(stored)))).equals(bytes)).toBe(true);
  });

  it.each([2, 20, chunkSize, chunkSize + 1, 3 * chunkSize - 1])(
    'of %i bytes is read from and to any byte',
    async (size) => {
      const { key, bytes, stored } = await putSample(vault, size);
      const edges = [0, 1, size / 2, chunkSize - 1, chunkSize, 2 * chunkSize + 1, size - 1, size].map(Math.floor);
      const places = [...new Set(edges.filter((at) => at <= size))].toSorted((a, b) => a - b);
      for (const [n, start] of places.entries())
        for (const end of places.slice(n)) {
          const read = await collect(vault.read(key, stored, { start, end }));
          expect(read.equals(bytes.subarray(start, end))).toBe(true);
        }
    },
  );

  it('is refused when its chunks change places', async () => {
    const { key, stored } = await putSample(vault, 3 * chunkSize + 5);
    await change(key, (kept) => {
      const part = (chunk: number) => kept.subarray(chunkOffset(chunk), chunkOffset(chunk + 1));
      return Buffer.concat([kept.subarray(0, chunkOffset(0)), part(1), part(0), kept.subarray(chunkOffset(2))]);
    });
    expect(await readUntilError(vault, key, stored)).toMatchObject({ bytes: Buffer.alloc(0), error: damagedProblem });
  });

  it('is refused when it is cut at the end of a chunk, also by a range', async () => {
    const { key, stored } = await putSample(vault, 2 * chunkSize);
    await change(key, (kept) => kept.subarray(0, chunkOffset(1)));
    expect((await readUntilError(vault, key, stored, { start: 0, end: 10 })).error).toMatchObject(damagedProblem);
    expect((await readUntilError(vault, key, stored)).error).toMatchObject(damagedProblem);
  });

  it('is refused in the place of another, with its key and without', async () => {
    const [a, b] = [await putSample(vault, 5_000), await putSample(vault, 5_000)];
    let ofB: Uint8Array = new Uint8Array();
    await change(b.key, (kept) => {
      ofB = Uint8Array.from(kept);
      return kept;
    });
    await change(a.key, () => ofB);
    for (const stored of [a.stored, { ...a.stored, checks: b.stored.checks }])
      expect(await readUntilError(vault, a.key, stored)).toMatchObject({
        bytes: Buffer.alloc(0),
        error: damagedProblem,
      });
  });

  it('is refused at another size than that which was sealed', async () => {
    const { key, stored } = await putSample(vault, 5_000);
    const shorter = { ...stored, size: 4_999 };
    expect((await readUntilError(vault, key, shorter)).error).toMatchObject(damagedProblem);
  });

  it('is not damaged, but cannot be read without the key of the ring', async () => {
    const { key, stored } = await putSample(vault, 5_000);
    for (const other of [encryptVault(below, newRing('k2')), encryptVault(below, undefined)])
      expect((await readUntilError(other, key, stored)).error).toMatchObject({ code: 'storage-failing' });
  });

  it('cannot be read once its key is destroyed', async () => {
    const { key, stored } = await putSample(vault, 5_000);
    const destroyed: StoredFacts = { ...stored, checks: new Uint8Array(0) };
    expect(await readUntilError(vault, key, destroyed)).toMatchObject({
      bytes: Buffer.alloc(0),
      error: damagedProblem,
    });
  });

  it('is read again once if it was damaged on its way', async () => {
    const { key, bytes, stored } = await putSample(vault, 200_000);
    let reads = 0;
    const shaky = {
      put: below.put,
      read: async function* (...args: Parameters<Vault['read']>) {
        reads += 1;
        const isBad = reads === 1;
        let at = 0;
        for await (const chunk of below.read(...args)) {
          const copy = Uint8Array.from(chunk);
          at += copy.byteLength;
          if (isBad && at > 100_000) copy[0] = (copy[0] ?? 0) ^ 1;
          yield copy;
        }
      },
    } as Partial<Vault> as Vault;
    const read = await collect(encryptVault(shaky, ring).read(key, stored, whole(stored)));
    expect(read.equals(bytes)).toBe(true);
    expect(reads).toBeGreaterThan(1);
  });

  it('lies beside files from before encryption', async () => {
    const plain = await putSample(below, 5_000);
    expect(keyOfChecks(plain.stored.checks)).toBeUndefined();
    const read = await collect(vault.read(plain.key, plain.stored, whole(plain.stored)));
    expect(read.equals(plain.bytes)).toBe(true);
  });
});
