import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileOf, openTestApp, type TestApp } from '../../test/setup/test-app.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import { completeTransfer } from './complete.ts';
import { startTransfer } from './deliver.ts';
import { drawWithTicket, isDrawn } from './draw.ts';

const lease = 2_000;
let app: TestApp;
let ticket: string;
let delivery: DeliveryFacts;
beforeEach(async () => {
  app = await openTestApp({ LEASE: `${lease / 1_000}s` });
  await app.upload('theirs.txt', 'theirs');
  ({ ticket } = await app.client.give(fileOf('mine.txt', 'mine')));
  const draw = await drawWithTicket(app.running.context, ticket);
  if (!isDrawn(draw)) throw new Error('nothing drawn');
  delivery = draw.delivery;
});
afterEach(() => app.close());

const ticketState = async () => (await app.client.ticket(ticket)).state;

/** More than two leases. */
async function outlastLease() {
  for (let passed = 0; passed < 3; passed++) {
    await app.advanceTime(lease * 0.4);
    // In real time, since a sweep runs meanwhile.
    await sleep(lease * 0.4);
  }
}

it('an arrival is settled when its process ends after the next one has started', async () => {
  const { running, folder } = app;
  // A process that has ended: no process has this number.
  const note = `${delivery.id} ${delivery.gift.key}`.padEnd(63);
  await writeFile(join(folder, 'arrivals', `${hostname()} ${2 ** 30} 1`), `${note}\n`);
  await app.advanceTime(lease * 2);
  expect(await ticketState()).toBe('spent');
  expect(await readdir(join(folder, 'arrivals'))).toHaveLength(1);
  expect(await running.context.ledger.audit()).toMatchObject({ faults: [] });
});

describe('a transfer', () => {
  it('renews its lease while its last block takes longer than the lease', async () => {
    const { context } = app.running;
    const whole = { start: 0, end: delivery.gift.size };
    const transfer = await startTransfer(context, delivery, whole);
    await transfer.bytes.next();
    await outlastLease();
    await transfer.close();
    expect(await completeTransfer(context, delivery, { ...whole, whole: true })).toBe(true);
    expect(await ticketState()).toBe('spent');
  });

  it('that is closed renews no lease', async () => {
    const transfer = await startTransfer(app.running.context, delivery, { start: 0, end: 1 });
    await transfer.close();
    await outlastLease();
    expect(await ticketState()).toBe('open');
  });
});
