/** How fast bytes move, and how long the rest will take: from the last few seconds, for lines change their minds. */

export interface TransferRate {
  /** Bytes a second. */
  readonly bytesPerSecond: number;
  /** Seconds until the rest is here, at this speed. */
  readonly secondsLeft: number;
}

interface Sample {
  readonly time: number;
  readonly size: number;
}

/** Older samples say nothing about now; fewer milliseconds than `least` say nothing at all. */
const memory = 5_000;
const least = 700;

/** Answers a meter that is told how many bytes have moved; it answers nothing before it can tell. */
export function createRateMeter(whole: number, now: () => number = () => performance.now()) {
  let samples: Sample[] = [];
  return (size: number): TransferRate | undefined => {
    const time = now();
    // After a broken connection it may begin again.
    const isBack = size < (samples.at(-1)?.size ?? 0);
    samples = isBack ? [] : samples.filter((sample) => time - sample.time <= memory);
    samples.push({ time, size });
    const [first] = samples;
    if (!first || time - first.time < least || size <= first.size) return undefined;
    const bytesPerSecond = ((size - first.size) * 1000) / (time - first.time);
    return { bytesPerSecond, secondsLeft: (whole - size) / bytesPerSecond };
  };
}
