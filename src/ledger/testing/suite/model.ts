/** Any sequence of verbs changes the ledger as it changes the model. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { hourOf } from '../../../contract/vocabulary.ts';
import { owed, pooled } from '../model/model.ts';
import { type Operation, operation } from '../model/operations.ts';
import { perform } from '../model/perform.ts';
import { newWorld, type World } from '../model/world.ts';
import { seededRandom } from '../samples.ts';
import type { OpenLedger } from './suite.ts';

/** Each run of the suite tests three ledgers. */
const runs = 50;
const maxOperations = 60;
/** After this time, in milliseconds, a counterexample is reported as small as it is by then, before the test itself times out. */
const maxTime = 240_000;

const countBy = <T>(items: readonly T[], state: (item: T) => string) => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[state(item)] = (counts[state(item)] ?? 0) + 1;
  return counts;
};

/** Each gift in one place, counters equal to rows, slots valid, no gift drawn by its giver, tickets backed. */
async function expectSame({ ledger, model, now }: World): Promise<void> {
  expect(await ledger.audit()).toEqual({
    gifts: countBy(model.gifts, ({ state }) => state),
    tickets: countBy(model.tickets, ({ state }) => state),
    deliveries: countBy(model.deliveries, ({ state }) => state),
    faults: [],
  });
  const inPool = pooled(model);
  const { kinds, hours, ...stats } = await ledger.stats('public', now);
  expect(stats).toEqual({
    gifts: inPool.length,
    bytes: inPool.reduce((sum, { size }) => sum + size, 0),
    openTickets: owed(model).length,
    givenTotal: model.given.length,
    deliveredTotal: model.delivered.length,
    extensions: [...new Set(inPool.map(({ extension }) => extension))].toSorted(),
  });
  expect(hours).toEqual(
    hours.map(({ start }) => {
      const isInHour = (time: number) => hourOf(time) === start;
      const given = model.given.filter(isInHour).length;
      return { start, given, delivered: model.delivered.filter(isInHour).length };
    }),
  );
  expect(hours.reduce((sum, { given }) => sum + given, 0)).toBe(model.given.length);
  const owedKinds = countBy(
    owed(model).filter(({ owedKind }) => owedKind !== null),
    ({ owedKind }) => owedKind ?? '',
  );
  for (const { kind, owed } of kinds) expect([kind, owed]).toEqual([kind, owedKinds[kind] ?? 0]);
  expect(kinds.reduce((sum, { gifts }) => sum + gifts, 0)).toBe(inPool.length);
  expect(owed(model).length).toBeLessThanOrEqual(inPool.length + model.quarantined);
  const ends = model.deliveries
    .filter(({ state }) => state === 'held' || state === 'open')
    .map(({ leaseUntil }) => leaseUntil);
  expect(await ledger.nextLeaseEnd()).toBe(ends.length > 0 ? Math.min(...ends) : undefined);
}

/** Compares row by row, at the end only, since it reads everything. */
async function expectSameRows({ ledger, model, now }: World): Promise<void> {
  for (const { hash, id, state, gift, expiresAt, wish } of model.tickets) {
    expect(await ledger.findTicket(hash)).toMatchObject({
      id,
      state,
      expiresAt,
      wish,
      gift: { key: gift.key, state: gift.state, expiresAt: gift.expiresAt },
      thanks: gift.thanks,
    });
  }
  for (const { id, secret, state, gift, ticket, leaseUntil } of model.deliveries) {
    if (secret === undefined) continue;
    expect(await ledger.findDelivery(secret)).toMatchObject({
      id,
      state,
      ticketId: ticket?.id ?? null,
      leaseUntil,
      gift: { key: gift.key, state: gift.state, size: gift.size },
      readable: gift.state === 'leased' || (gift.state === 'delivered' && gift.removeAt !== null),
    });
  }
  const expected = model.gifts.filter(
    ({ state, removeAt }) => state === 'pooled' || state === 'leased' || removeAt !== null,
  );
  expect(await ledger.keysOfShard('')).toEqual(
    new Map(
      expected.map(({ key, givenAt, size, state }) => [
        key,
        { givenAt, size, checksSize: 4, isNeeded: state === 'pooled' || state === 'leased' },
      ]),
    ),
  );
  const due = model.gifts.filter(({ removeAt }) => removeAt !== null && removeAt <= now);
  const removable = (await ledger.removable(now, 1000)).map(({ key }) => key);
  expect(removable.toSorted()).toEqual(due.map(({ key }) => key).toSorted());
}

async function run(open: OpenLedger, operations: readonly Operation[], seed: number) {
  const random = seededRandom(seed);
  const opened = await open({ random });
  try {
    const world = newWorld(opened.ledger);
    for (const operation of operations) {
      await perform(world, operation);
      await expectSame(world);
    }
    await expectSameRows(world);
  } finally {
    await opened.close();
  }
}

export const modelCases: Readonly<Record<string, (open: OpenLedger) => Promise<void>>> = {
  'agrees with the model after any sequence of operations': (open) =>
    fc.assert(
      fc.asyncProperty(
        // Without fast-check's bias to short and small sequences, which would mostly test an empty ledger.
        fc.noBias(fc.array(operation, { minLength: 1, maxLength: maxOperations, size: 'max' })),
        fc.nat(),
        (operations, seed) => run(open, operations, seed),
      ),
      { numRuns: runs, plugins: [fc.interruptAfterTimeLimit(maxTime, { failOnInterrupt: true })] },
    ),
};
