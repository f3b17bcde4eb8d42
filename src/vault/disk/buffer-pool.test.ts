import { expect, it } from 'vitest';
import { maxChunkSize } from '../vault.ts';
import { createBufferPool, isFastTransfer, maxPoolSize } from './buffer-pool.ts';

it('makes no more pieces than it may, and gives out again what it gets back', () => {
  const pieces = createBufferPool();
  const taken = Array.from({ length: maxPoolSize / maxChunkSize }, () => pieces.acquire());
  expect(new Set(taken).size).toBe(taken.length);
  for (const piece of taken) expect(piece?.byteLength).toBe(maxChunkSize);
  expect(pieces.acquire()).toBeUndefined();
  const [first] = taken as [Uint8Array];
  pieces.release(first);
  expect(pieces.acquire()).toBe(first);
  expect(pieces.acquire()).toBeUndefined();
  pieces.discard();
  expect(taken).not.toContain(pieces.acquire());
  expect(pieces.acquire()).toBeUndefined();
});

it('calls quick what moves two mebibytes a second', () => {
  expect(isFastTransfer(2 * 1024 ** 2, 1024)).toBe(true);
  expect(isFastTransfer(2 * 1024 ** 2, 1025)).toBe(false);
});
