import { describe, expect, it } from 'vitest';
import { createSpeedWatch, enforceMinimumSpeed } from './minimum-speed.ts';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const collect = async (bytes: AsyncIterable<Uint8Array>) => {
  let size = 0;
  for await (const chunk of bytes) size += chunk.length;
  return size;
};

async function* drip(chunks: number, size: number, every: number) {
  for (let i = 0; i < chunks; i++) {
    await pause(every);
    yield new Uint8Array(size);
  }
}

describe('the minimum speed', () => {
  it('passes a transfer that is fast enough', async () => {
    expect(await collect(enforceMinimumSpeed(drip(20, 100, 5), { MIN_SPEED: 1000, IDLE_TIMEOUT: 200 }))).toBe(2000);
  });

  it('rejects a transfer that stalls', async () => {
    const silent = enforceMinimumSpeed(drip(1, 100, 10_000), { MIN_SPEED: 1, IDLE_TIMEOUT: 50 });
    await expect(collect(silent)).rejects.toMatchObject({ code: 'too-slow' });
  });

  it('rejects a transfer that is steady but too slow', async () => {
    const trickle = enforceMinimumSpeed(drip(100, 1, 20), { MIN_SPEED: 1000, IDLE_TIMEOUT: 100 });
    await expect(collect(trickle)).rejects.toMatchObject({ code: 'too-slow' });
  });

  it('does not count the time of a slow reader', async () => {
    let size = 0;
    for await (const chunk of enforceMinimumSpeed(drip(3, 100, 1), {
      MIN_SPEED: 1000,
      IDLE_TIMEOUT: 60,
    })) {
      await pause(100);
      size += chunk.length;
    }
    expect(size).toBe(300);
  });

  it('allows a large step the time it needs at the minimum speed', async () => {
    const watch = createSpeedWatch({ MIN_SPEED: 1000, IDLE_TIMEOUT: 20 });
    watch.moved(200);
    await watch.step(pause(100), 200);
    await expect(watch.step(pause(1000), 200)).rejects.toMatchObject({ code: 'too-slow' });
    watch.end();
  });

  it('sets no limit when MIN_SPEED is zero', async () => {
    const watch = createSpeedWatch({ MIN_SPEED: 0, IDLE_TIMEOUT: 100 });
    await watch.step(pause(20), 200);
    watch.end();
  });
});
