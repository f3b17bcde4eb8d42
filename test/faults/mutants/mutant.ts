import type { Edit } from './build.ts';

/** A scenario by name, and a number of faults that suffices to catch the mutant. */
export interface Trial {
  readonly scenario: string;
  readonly points: number;
}

export interface Mutant {
  readonly name: string;
  /** The bug in one sentence. */
  readonly summary: string;
  readonly edits: readonly Edit[];
  /** Tried in turn until one of them finds something. */
  readonly trials: readonly Trial[];
}

/** An edit that deletes the marked line. */
export const deleted = () => '';

export const trial = (scenario: string, points: number): Trial => ({ scenario, points });
