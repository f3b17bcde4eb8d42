import { expect, it } from 'vitest';
import { maxChunkSize } from '../vault.ts';
import { isCacheHit, maxSharedSize, sharedBufferPool } from './buffer-pool.ts';

it('makes no more pieces than it may, and gives out again what it gets back', () => {
  const pieces = sharedBufferPool();
  const taken = Array.from({ length: maxSharedSize / maxChunkSize }, () => pieces.take());
  expect(new Set(taken).size).toBe(taken.length);
  for (const piece of taken) expect(piece?.byteLength).toBe(maxChunkSize);
  expect(pieces.take()).toBeUndefined();
  const [first] = taken as [Uint8Array];
  pieces.giveBack(first);
  expect(pieces.take()).toBe(first);
  expect(pieces.take()).toBeUndefined();
  pieces.forget();
  expect(taken).not.toContain(pieces.take());
  expect(pieces.take()).toBeUndefined();
});

it('calls quick what moves two mebibytes a second', () => {
  expect(isCacheHit(2 * 1024 ** 2, 1024)).toBe(true);
  expect(isCacheHit(2 * 1024 ** 2, 1025)).toBe(false);
});
