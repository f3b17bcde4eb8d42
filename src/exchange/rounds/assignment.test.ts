import { describe, expect, it } from 'vitest';
import { alarms, chiSquared, criticalValue } from '../../ledger/testing/fairness.ts';
import { drawLoop } from './assignment.ts';
import { createDice } from './dice.ts';
import type { Allowed } from './draw-types.ts';
import type { Pieces } from './pieces.ts';

function finish<T>(pieces: Pieces<T>): T {
  for (let piece = pieces.next(); ; piece = pieces.next()) if (piece.done) return piece.value;
}

/** The limits that select each method. */
const methods = {
  counted: { maxCounted: 18, maxSteps: 0 },
  shuffled: { maxCounted: 0, maxSteps: 1_000_000 },
  mixed: { maxCounted: 0, maxSteps: 0 },
} as const;

/** All cycles as text, by trying every order. */
function allLoops(n: number, allowed: Allowed): string[] {
  const found: string[] = [];
  const extend = (order: readonly number[], rest: readonly number[]) => {
    const last = order.at(-1) as number;
    if (rest.length === 0 && allowed(last, 0)) found.push(order.join());
    for (const next of rest)
      if (allowed(last, next))
        extend(
          [...order, next],
          rest.filter((seat) => seat !== next),
        );
  };
  extend(
    [0],
    Array.from({ length: n - 1 }, (_, at) => at + 1),
  );
  return found;
}

/** The order of the seats in a cycle, as text. Fails unless it is one cycle of allowed arcs. */
function orderOf(receivers: Uint32Array, allowed: Allowed): string {
  const order = [0];
  for (let seat = receivers[0] as number; seat !== 0; seat = receivers[seat] as number) order.push(seat);
  expect(order).toHaveLength(receivers.length);
  expect(receivers.every((receiver, giver) => receiver !== giver && allowed(giver, receiver))).toBe(true);
  return order.join();
}

const anything: Allowed = () => true;
const not =
  (...pairs: readonly (readonly [number, number])[]): Allowed =>
  (giver, receiver) =>
    !pairs.some(([from, to]) => from === giver && to === receiver);
const otherTeam =
  (...teams: readonly number[]): Allowed =>
  (giver, receiver) =>
    teams[giver] !== teams[receiver];

const rules: readonly (readonly [string, number, Allowed])[] = [
  ['two seats', 2, anything],
  ['three seats', 3, anything],
  ['five seats', 5, anything],
  ['six seats, one arc forbidden', 6, not([0, 1])],
  ['six seats, a pair forbidden both ways', 6, not([2, 4], [4, 2])],
  ['six seats, one that may give to two', 6, not([3, 0], [3, 1], [3, 2])],
  ['six seats, one that may receive from one', 6, not([0, 5], [1, 5], [2, 5], [3, 5])],
  ['six seats in teams of two', 6, otherTeam(0, 0, 1, 1, 2, 2)],
  ['six seats, one team of three', 6, otherTeam(0, 0, 0, 1, 2, 3)],
  ['seven seats, teams of three and two', 7, otherTeam(0, 1, 0, 1, 0, 2, 3)],
];

describe.each(Object.entries(methods))('drawing a loop, %s', (name, limits) => {
  it.each(rules)('gives each loop the same chance: %s', (_title, n, allowed) => {
    const loops = allLoops(n, allowed);
    const below = createDice(`uniform ${name}`);
    const counts = new Map(loops.map((loop) => [loop, 0]));
    const draws = Math.max(2_000, loops.length * 30);
    for (let draw = 0; draw < draws; draw++) {
      const loop = orderOf(finish(drawLoop(n, allowed, below, limits)) as Uint32Array, allowed);
      counts.set(loop, (counts.get(loop) as number) + 1);
    }
    expect(counts.size).toBe(loops.length);
    if (loops.length < 2) return;
    expect(chiSquared([...counts.values()])).toBeLessThan(criticalValue(loops.length - 1, alarms.oneInAMillion));
  });

  it('breaks no rule, and finds no loop where there is none', () => {
    const below = createDice(`rules ${name}`);
    for (let set = 0; set < 400; set++) {
      const n = 2 + below(6);
      const open = Array.from({ length: n * n }, () => below(10) < 6);
      const allowed: Allowed = (giver, receiver) => open[giver * n + receiver] === true;
      const receivers = finish(drawLoop(n, allowed, below, { ...limits, maxSteps: Math.min(limits.maxSteps, 5_000) }));
      const loops = allLoops(n, allowed);
      if (receivers) expect(loops).toContain(orderOf(receivers, allowed));
      else expect(loops.length === 0 || name !== 'counted').toBe(true);
    }
  });
});

describe('many seats', () => {
  const teamsOf =
    (size: number): Allowed =>
    (giver, receiver) =>
      Math.floor(giver / size) !== Math.floor(receiver / size);

  it.each([
    ['counted', 18, teamsOf(3), undefined],
    ['shuffled', 20_000, teamsOf(5), undefined],
    ['mixed', 2_000, teamsOf(900), { maxCounted: 18, maxSteps: 100_000 }],
  ] as const)('are drawn without breaking a rule: %s', (_name, n, allowed, limits) => {
    const receivers = finish(drawLoop(n, allowed, createDice('many'), limits));
    orderOf(receivers as Uint32Array, allowed);
  });

  it('are drawn in pieces', () => {
    expect([...drawLoop(18, teamsOf(3), createDice('pieces'))].length).toBeGreaterThan(10);
    expect([...drawLoop(5_000, teamsOf(1_250), createDice('pieces'), methods.mixed)].length).toBeGreaterThan(10);
  });
});

it('draws the same from the same seed, and another from another', () => {
  const drawn = (seed: string) => [...(finish(drawLoop(1_000, anything, createDice(seed))) as Uint32Array)];
  expect(drawn('a seed')).toEqual(drawn('a seed'));
  expect(drawn('another')).not.toEqual(drawn('a seed'));
});
