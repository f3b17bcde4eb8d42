/** The operations of the state machine, and how often each occurs. */
import fc from 'fast-check';
import { type FileKind, thanks } from '../../../contract/vocabulary.ts';
import type { ResponseProgress, Wish } from '../../types.ts';

const anyIndex = fc.nat({ max: 999 });
const limit = fc.constantFrom(1, 2, 1000);

/** Time passes before each operation, and more of it before those that depend on time. */
const short = fc.integer({ min: 1, max: 2 });
const long = fc.integer({ min: 1, max: 30 });

const kinds = {
  give: {
    giver: fc.nat({ max: 3 }),
    content: fc.nat({ max: 5 }),
    ticket: fc.constantFrom(true, true, false),
    fullness: fc.nat({ max: 9 }),
    life: fc.constantFrom(null, null, 200, 500),
    wish: fc.constantFrom<Wish>(null, null, 'like-given', 'like-given', ['image'], ['text', 'pdf']),
  },
  giveAgain: { ticket: anyIndex, isSameGift: fc.boolean(), isFull: fc.boolean() },
  drawForTicket: {
    ticket: anyIndex,
    wish: fc.constantFrom<Wish | undefined>(undefined, undefined, undefined, null, 'like-given', ['image', 'text']),
  },
  drawFree: {
    giver: fc.nat({ max: 5 }),
    kinds: fc.constantFrom<readonly FileKind[] | null>(null, ['image'], ['pdf', 'text']),
  },
  renewLease: {
    delivery: anyIndex,
    range: fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })),
    response: fc.constantFrom<ResponseProgress>('running', 'cut', 'ended'),
  },
  noteOffloaded: { delivery: anyIndex },
  complete: { delivery: anyIndex, isAcknowledged: fc.boolean() },
  reopen: { delivery: anyIndex },
  quarantine: { delivery: anyIndex },
  quarantineMissing: { gift: anyIndex },
  thank: { delivery: anyIndex, thanks: fc.constantFrom(...thanks) },
  report: { delivery: anyIndex, isLapsed: fc.boolean(), party: fc.constantFrom('one', 'two', 'three') },
  withdraw: { ticket: anyIndex },
  shorten: { ticket: anyIndex, life: fc.integer({ min: 1, max: 60 }) },
  expireLeases: { limit, after: long },
  expire: { age: fc.integer({ min: 0, max: 60 }), after: long },
  markRemoved: { limit, after: long },
  purge: { after: long },
} as const;

export type Kind = keyof typeof kinds;
export type Fields<K extends Kind> = {
  readonly [F in keyof (typeof kinds)[K]]: (typeof kinds)[K][F] extends fc.Arbitrary<infer T> ? T : never;
};
export type Operation = {
  [K in Kind]: { readonly op: K; readonly after: number } & Fields<K>;
}[Kind];

const weights: Partial<Record<Kind, number>> = {
  give: 8,
  giveAgain: 2,
  drawForTicket: 10,
  drawFree: 3,
  complete: 4,
  renewLease: 2,
  noteOffloaded: 2,
  reopen: 2,
  thank: 2,
  report: 2,
  expireLeases: 2,
  withdraw: 2,
};

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  ...Object.entries(kinds).map(([op, fields]) => ({
    weight: weights[op as Kind] ?? 1,
    arbitrary: fc.record({
      op: fc.constant(op),
      after: short,
      ...fields,
    }) as unknown as fc.Arbitrary<Operation>,
  })),
);
