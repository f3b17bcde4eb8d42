import { expect, it } from 'vitest';
import css from '../receive/file-card.css?raw';
import { playUnwrapping, type Schedule, type UnwrapStep, unwrapDurations } from './unwrap-animation.ts';

/** The animation on a clock that the test moves. */
function begin() {
  const shown: [number, UnwrapStep][] = [];
  let now = 0;
  let due: { task: () => void; at: number } | undefined;
  const later: Schedule = (task, milliseconds) => {
    const mine = { task, at: now + milliseconds };
    due = mine;
    return () => {
      if (due === mine) due = undefined;
    };
  };
  const controller = new AbortController();
  const skip = playUnwrapping((step) => shown.push([now, step]), later, controller.signal);
  const pass = (milliseconds: number) => {
    const end = now + milliseconds;
    while (due && due.at <= end) {
      const { task, at } = due;
      due = undefined;
      now = at;
      task();
    }
    now = end;
  };
  return { shown, skip, pass, controller };
}

it('removes the string, opens the lid, and ends', () => {
  const { shown, pass } = begin();
  pass(60_000);
  const opened = unwrapDurations.arrived + unwrapDurations.loosened;
  expect(shown).toEqual([
    [unwrapDurations.arrived, 'loosened'],
    [opened, 'unwrapped'],
  ]);
  expect(opened + unwrapDurations.rising).toBeLessThanOrEqual(1_200);
});

it.each([0, unwrapDurations.arrived, unwrapDurations.arrived + 1])(
  'ends at once when it is skipped after %d ms',
  (after) => {
    const { shown, skip, pass } = begin();
    pass(after);
    skip();
    const atSkip = [...shown];
    expect(atSkip.at(-1)).toEqual([after, 'unwrapped']);
    pass(60_000);
    expect(shown).toEqual(atSkip);
  },
);

it('shows nothing after the signal', () => {
  const { shown, pass, controller } = begin();
  pass(unwrapDurations.arrived);
  controller.abort();
  pass(60_000);
  expect(shown).toEqual([[unwrapDurations.arrived, 'loosened']]);
});

it('has the duration for the card that the style has', () => {
  expect(css).toContain(`animation: rise ${unwrapDurations.rising}ms`);
});
