import { expect, it } from 'vitest';
import { release } from './release.ts';

it('lets go of the memory of a chunk that has it for itself', () => {
  const chunk = Buffer.allocUnsafeSlow(100);
  release(chunk);
  expect(chunk.buffer).toMatchObject({ byteLength: 0, detached: true });
});

it('leaves memory alone that others share', () => {
  const shared = Buffer.alloc(100, 'x');
  release(shared.subarray(0, 50));
  release(shared.subarray(50));
  expect(shared.toString()).toBe('x'.repeat(100));
});
