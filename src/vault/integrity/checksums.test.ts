import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sample } from '../testing/samples.ts';
import { blockSize } from '../vault.ts';
import { createChecksumBuilder, verifyBlock } from './checksums.ts';

it('says of no bytes what is known of them', () => {
  expect(createChecksumBuilder().stored()).toEqual({
    size: 0,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    checks: new Uint8Array(0),
  });
});

it('writes the CRC-32 of the world, little-endian', () => {
  const tally = createChecksumBuilder();
  tally.add(Buffer.from('1234'));
  tally.add(Buffer.from('56789'));
  // The check value of CRC-32/ISO-HDLC, 0xCBF43926.
  expect([...tally.stored().checks]).toEqual([0x26, 0x39, 0xf4, 0xcb]);
});

it('has no check more or less at the border of a block', () => {
  for (const [size, blocks] of [
    [blockSize - 1, 1],
    [blockSize, 1],
    [blockSize + 1, 2],
    [2 * blockSize, 2],
  ] as const) {
    const tally = createChecksumBuilder();
    tally.add(sample(size));
    expect(tally.stored().checks).toHaveLength(blocks * 4);
  }
});

it('knows a block by its bytes and its place, wherever the checks lie in memory', () => {
  const bytes = sample(2 * blockSize + 10);
  const tally = createChecksumBuilder();
  tally.add(bytes);
  const shifted = new Uint8Array(13);
  shifted.set(tally.stored().checks, 1);
  const checks = shifted.subarray(1);
  const block = (index: number) => bytes.slice(index * blockSize, (index + 1) * blockSize);
  expect([0, 1, 2].map((index) => verifyBlock(checks, index, block(index)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(verifyBlock(checks, 0, block(1))).toBe(false);
  expect(verifyBlock(checks, 3, new Uint8Array(0))).toBe(false);
  expect(verifyBlock(checks.subarray(0, 10), 2, block(2))).toBe(false);
});

it('sees every single flipped bit', () => {
  const bytes = sample(blockSize);
  const tally = createChecksumBuilder();
  tally.add(bytes);
  const { checks } = tally.stored();
  fc.assert(
    fc.property(fc.nat(blockSize - 1), fc.nat(7), (at, bit) => {
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));
      expect(verifyBlock(checks, 0, changed)).toBe(false);
    }),
  );
});
