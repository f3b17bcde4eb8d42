/** Transfer rate and time left, as a moving average over the last seconds. */

export interface TransferRate {
  readonly bytesPerSecond: number;
  /** Seconds until the end at this rate. */
  readonly secondsLeft: number;
}

interface Sample {
  readonly time: number;
  readonly size: number;
}

/** Samples older than `memory` are dropped; a span shorter than `least` is not measured (milliseconds). */
const windowMs = 5_000;
const minSpanMs = 700;

/** Returns a meter: call it with the number of bytes transferred. It returns undefined until it can measure. */
export function createRateMeter(whole: number, now: () => number = () => performance.now()) {
  let samples: Sample[] = [];
  return (size: number): TransferRate | undefined => {
    const time = now();
    // After a broken connection the transfer may start again.
    const hasRestarted = size < (samples.at(-1)?.size ?? 0);
    samples = hasRestarted ? [] : samples.filter((sample) => time - sample.time <= windowMs);
    samples.push({ time, size });
    const [first] = samples;
    if (!first || time - first.time < minSpanMs || size <= first.size) return undefined;
    const bytesPerSecond = ((size - first.size) * 1000) / (time - first.time);
    return { bytesPerSecond, secondsLeft: (whole - size) / bytesPerSecond };
  };
}
