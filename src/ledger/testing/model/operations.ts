/** The operations of the state machine, and how often each occurs. */
import fc from 'fast-check';
import { thanks } from '../../../contract/vocabulary.ts';

const few = fc.nat({ max: 999 });
const limit = fc.constantFrom(1, 2, 1000);

/** Time passes before each operation, and more of it before those that depend on time. */
const soon = fc.integer({ min: 1, max: 2 });
const late = fc.integer({ min: 1, max: 30 });

const kinds = {
  give: {
    giver: fc.nat({ max: 3 }),
    content: fc.nat({ max: 5 }),
    ticket: fc.constantFrom(true, true, false),
    full: fc.nat({ max: 9 }),
  },
  giveAgain: { ticket: few, same: fc.boolean(), full: fc.boolean() },
  drawForTicket: { ticket: few },
  drawFree: { giver: fc.nat({ max: 5 }) },
  renew: {
    delivery: few,
    part: fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })),
    isEnd: fc.boolean(),
  },
  handOver: { delivery: few },
  finish: { delivery: few, soon: fc.boolean() },
  reopen: { delivery: few },
  quarantine: { delivery: few },
  quarantineMissing: { gift: few },
  thank: { delivery: few, thanks: fc.constantFrom(...thanks) },
  report: { delivery: few, lapsed: fc.boolean() },
  withdraw: { ticket: few },
  lapse: { limit, after: late },
  expire: { age: fc.integer({ min: 0, max: 60 }), after: late },
  remove: { limit, after: late },
  purge: { after: late },
} as const;

export type Kind = keyof typeof kinds;
export type Fields<K extends Kind> = {
  readonly [F in keyof (typeof kinds)[K]]: (typeof kinds)[K][F] extends fc.Arbitrary<infer T>
    ? T
    : never;
};
export type Operation = {
  [K in Kind]: { readonly op: K; readonly after: number } & Fields<K>;
}[Kind];

const weights: Partial<Record<Kind, number>> = {
  give: 8,
  giveAgain: 2,
  drawForTicket: 10,
  drawFree: 3,
  finish: 4,
  renew: 2,
  handOver: 2,
  reopen: 2,
  thank: 2,
  lapse: 2,
  withdraw: 2,
};

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  ...Object.entries(kinds).map(([op, fields]) => ({
    weight: weights[op as Kind] ?? 1,
    arbitrary: fc.record({
      op: fc.constant(op),
      after: soon,
      ...fields,
    }) as unknown as fc.Arbitrary<Operation>,
  })),
);
