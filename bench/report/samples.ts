/** Figures for tests: of a contestant that took one of everything, but for what is said. */
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

/** One phase for each of so many a second. */
export const rates = (...all: readonly number[]): Phase[] =>
  all.map((perSecond) => phase({ perSecond }));
