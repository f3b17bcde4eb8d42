import { expect, it } from 'vitest';
import { maxChunkSize } from '../vault.ts';
import { createBufferPool, isFastTransfer, maxPoolSize } from './buffer-pool.ts';

it('allocates a limited number of buffers and reuses released ones', () => {
  const pool = createBufferPool();
  const acquired = Array.from({ length: maxPoolSize / maxChunkSize }, () => pool.acquire());
  expect(new Set(acquired).size).toBe(acquired.length);
  for (const buffer of acquired) expect(buffer?.byteLength).toBe(maxChunkSize);
  expect(pool.acquire()).toBeUndefined();
  const [first] = acquired as [Uint8Array];
  pool.release(first);
  expect(pool.acquire()).toBe(first);
  expect(pool.acquire()).toBeUndefined();
  pool.discard();
  expect(acquired).not.toContain(pool.acquire());
  expect(pool.acquire()).toBeUndefined();
});

it('isFastTransfer means at least 2 MiB per second', () => {
  expect(isFastTransfer(2 * 1024 ** 2, 1024)).toBe(true);
  expect(isFastTransfer(2 * 1024 ** 2, 1025)).toBe(false);
});
