/** Sample phases for tests, of one everywhere by default. */
import type { Phase } from '../peers/running-peer.ts';

export const phase = (more: Partial<Phase>): Phase => ({
  perSecond: 1,
  p50: 1,
  p99: 1,
  cpu: 1,
  peak: { together: 1, largest: 1 },
  good: 1,
  outcomes: {},
  ...more,
});

/** One phase for each throughput. */
export const rates = (...all: readonly number[]): Phase[] => all.map((perSecond) => phase({ perSecond }));
