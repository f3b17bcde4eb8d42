import { expect, it } from 'vitest';
import { browserDigest, type Digest, hashBlob } from './hash-blob.ts';

const bytes = new TextEncoder().encode('We walked until the lamps were lit. '.repeat(250_000));
const expected = 'b67b991485cfffa41eb58768f71163f0abccc90be28192df8da8609dde8f0de0';
const digest = browserDigest() as Digest;

it('is the same at once and in pieces', async () => {
  expect(await hashBlob(new Blob([bytes]), digest)).toBe(expected);
  expect(await hashBlob(new Blob([bytes]), digest, { maxAtOnce: 1_000 })).toBe(expected);
});

it('never reads a file over the limit at once', async () => {
  const blob = new Blob([bytes]);
  blob.arrayBuffer = () => Promise.reject(new RangeError('Array buffer allocation failed'));
  expect(await hashBlob(blob, digest, { maxAtOnce: 1_000 })).toBe(expected);
});
