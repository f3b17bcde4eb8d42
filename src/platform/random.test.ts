import { expect, it } from 'vitest';
import { createRandomBytes } from './random.ts';

it('answers the requested number of random bytes, never the same twice', () => {
  const random = createRandomBytes();
  const seen = new Set<string>();
  for (let n = 0; n < 2_000; n++) {
    const bytes = random(16 + (n % 9));
    expect(bytes).toHaveLength(16 + (n % 9));
    seen.add(Buffer.from(bytes.subarray(0, 16)).toString('hex'));
  }
  expect(seen.size).toBe(2_000);
  expect(random(10_000).some((byte) => byte !== 0)).toBe(true);
});
