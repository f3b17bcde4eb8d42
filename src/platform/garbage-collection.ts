/** How V8 collects garbage, so that memory stays flat (P9). */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Buffers of transfers die young, and a small young generation collects them early. The old generation is collected when it has
 * doubled: less costs small gifts a quarter of their speed.
 */
export function keepMemoryFlat(): void {
  setFlagsFromString('--heap-growing-percent=100');
  // Older versions print a warning for this flag.
  if (Number.parseInt(process.versions.v8, 10) < 13) return;
  setFlagsFromString('--scavenger-max-new-space-capacity-mb=8');
}

/** How often the event loop is looked at, in milliseconds. */
const lookEvery = 5_000;
/** An event loop that works for less than this share of the time is idle. */
const maxIdleShare = 0.02;

/** Collects garbage when a burst is over: V8 collects when memory is allocated, so an idle process would keep it for ever. */
export function collectWhenIdle(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let last = performance.eventLoopUtilization();
  const workShare = () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
  setInterval(createIdleWatch(workShare, collect), lookEvery).unref();
}

/** Answers what to call again and again: it collects once after each burst. */
export function createIdleWatch(workShare: () => number, collect: () => void): () => void {
  let wasBusy = true;
  return () => {
    const isBusy = workShare() > maxIdleShare;
    if (wasBusy && !isBusy) collect();
    wasBusy = isBusy;
  };
}
