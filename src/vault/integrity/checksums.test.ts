import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sample } from '../testing/samples.ts';
import { blockSize } from '../vault.ts';
import { createChecksumBuilder, verifyBlock } from './checksums.ts';

it('describes an empty file', () => {
  expect(createChecksumBuilder().stored()).toEqual({
    size: 0,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    checks: new Uint8Array(0),
  });
});

it('stores CRC-32/ISO-HDLC in little-endian order', () => {
  const checksums = createChecksumBuilder();
  checksums.add(Buffer.from('1234'));
  checksums.add(Buffer.from('56789'));
  // The check value of the catalogue of CRCs: 0xCBF43926.
  expect([...checksums.stored().checks]).toEqual([0x26, 0x39, 0xf4, 0xcb]);
});

it('has one CRC per block, also at block borders', () => {
  for (const [size, blocks] of [
    [blockSize - 1, 1],
    [blockSize, 1],
    [blockSize + 1, 2],
    [2 * blockSize, 2],
  ] as const) {
    const checksums = createChecksumBuilder();
    checksums.add(sample(size));
    expect(checksums.stored().checks).toHaveLength(blocks * 4);
  }
});

it('verifies a block by content and index, for any alignment of the CRCs', () => {
  const bytes = sample(2 * blockSize + 10);
  const checksums = createChecksumBuilder();
  checksums.add(bytes);
  const shifted = new Uint8Array(13);
  shifted.set(checksums.stored().checks, 1);
  const checks = shifted.subarray(1);
  const block = (index: number) => bytes.slice(index * blockSize, (index + 1) * blockSize);
  expect([0, 1, 2].map((index) => verifyBlock(checks, index, block(index)))).toEqual([true, true, true]);
  expect(verifyBlock(checks, 0, block(1))).toBe(false);
  expect(verifyBlock(checks, 3, new Uint8Array(0))).toBe(false);
  expect(verifyBlock(checks.subarray(0, 10), 2, block(2))).toBe(false);
});

it('detects every flipped bit', () => {
  const bytes = sample(blockSize);
  const checksums = createChecksumBuilder();
  checksums.add(bytes);
  const { checks } = checksums.stored();
  fc.assert(
    fc.property(fc.nat(blockSize - 1), fc.nat(7), (at, bit) => {
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));
      expect(verifyBlock(checks, 0, changed)).toBe(false);
    }),
  );
});
