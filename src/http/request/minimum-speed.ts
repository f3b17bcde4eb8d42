/** Minimum speed: a transfer in which bytes come too slowly, or not at all, is ended (R16). */

import { Problem } from '../../contract/problems/problem.ts';
import { type Chunks, chunksFrom } from '../../platform/byte-stream.ts';
import type { HttpSettings } from '../context.ts';

type PaceSettings = Pick<HttpSettings, 'MIN_SPEED' | 'IDLE_TIMEOUT'>;

export interface SpeedWatch {
  /** Waits for one step of a transfer, of `bytes` if known. Rejects with `too-slow` after the time it may take. */
  step<T>(work: Promise<T>, bytes?: number): Promise<T>;
  /** Counts the bytes that a step moved. */
  moved(bytes: number): void;
  end(): void;
}

/**
 * Watches the speed of one transfer: a step may take the idle time plus the time of its bytes at the minimum speed. The speed
 * counts only time spent waiting for the other side, once that adds up to the idle time.
 */
export function createSpeedWatch({ MIN_SPEED, IDLE_TIMEOUT }: PaceSettings): SpeedWatch {
  let limit = 0;
  let waitedMs = 0;
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let tooLong: (() => void) | undefined;
  const check = () => {
    if (waitedMs < limit) return;
    if ((bytes * 1000) / waitedMs < MIN_SPEED) throw new Problem('too-slow');
    waitedMs = 0;
    bytes = 0;
  };
  /** One timer for all steps of the same size: setting one a step would cost more than the step. */
  const startTimer = (step: number) => {
    const needed = IDLE_TIMEOUT + (MIN_SPEED > 0 ? (step * 1000) / MIN_SPEED : 0);
    if (timer && needed === limit) {
      timer.refresh();
      return;
    }
    clearTimeout(timer);
    limit = needed;
    timer = setTimeout(() => tooLong?.(), limit);
  };
  const inTime = <T>(work: Promise<T>, step: number) =>
    new Promise<T>((resolve, reject) => {
      tooLong = () => reject(new Problem('too-slow'));
      startTimer(step);
      work.then(resolve, reject);
    });
  return {
    step: async (work, step = 0) => {
      const startedAt = performance.now();
      try {
        return await inTime(work, step);
      } finally {
        tooLong = undefined;
        waitedMs += performance.now() - startedAt;
        check();
      }
    },
    moved: (count) => {
      bytes += count;
    },
    end: () => clearTimeout(timer),
  };
}

/** Passes bytes on while they keep the pace. */
export function enforceMinimumSpeed(bytes: AsyncIterable<Uint8Array>, settings: PaceSettings): Chunks {
  const pace = createSpeedWatch(settings);
  const source = bytes[Symbol.asyncIterator]();
  const find = async () => {
    try {
      const { value, done } = await pace.step(source.next());
      if (!done) {
        pace.moved(value.length);
        return value as Uint8Array;
      }
    } catch (error) {
      leave();
      throw error;
    }
    pace.end();
    return undefined;
  };
  const leave = () => {
    pace.end();
    // Not awaited: a source that hangs would hang us too; it ends when its connection does.
    Promise.resolve(source.return?.()).catch(() => undefined);
  };
  return chunksFrom(find, async () => leave());
}
