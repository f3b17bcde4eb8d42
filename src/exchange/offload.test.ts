import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileOf, openTestApp, type TestApp } from '../../test/setup/test-app.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { Offloader } from '../vault/offload.ts';
import { drawWithTicket, isDrawn } from './draw.ts';
import { offload } from './offload.ts';
import type { ExchangeContext } from './ports.ts';

let app: TestApp;
let ticket: string;
beforeEach(async () => {
  app = await openTestApp();
  await app.upload('theirs.txt', 'theirs');
  ({ ticket } = await app.client.give(fileOf('mine.txt', 'mine')));
});
afterEach(() => app.close());

const as = { type: 'text/x', disposition: 'attachment', cacheControl: 'no-store' };
const canSend = () => true;
const target: Offloader = {
  canSend,
  createTarget: async () => ({ location: 'https://there.example' }),
};
const pastLease = 11 * 60_000;
const ticketState = async () => (await app.client.ticket(ticket)).state;

async function drawn() {
  const draw = await drawWithTicket(app.running.context, ticket);
  if (!isDrawn(draw)) throw new Error('nothing drawn');
  return draw.delivery;
}
const offloadTo = async (to: Offloader, delivery: Awaited<ReturnType<typeof drawn>>, more = {}) => {
  const context: ExchangeContext = { ...app.running.context, ...more };
  return offload(context, to, delivery, { start: 0, end: delivery.gift.size }, as);
};

describe('an offloaded delivery', () => {
  it('is complete once its lease expires', async () => {
    expect(await offloadTo(target, await drawn())).toEqual({ location: 'https://there.example' });
    await app.advanceTime(pastLease);
    expect(await ticketState()).toBe('spent');
  });

  it('stays open until its lease expires when no target can be created', async () => {
    const failure = new Error('no credentials');
    const createTarget = async () => {
      throw failure;
    };
    await expect(offloadTo({ canSend, createTarget }, await drawn())).rejects.toBe(failure);
    await app.advanceTime(pastLease);
    expect(await ticketState()).toBe('open');
  });

  it('is answered only after the ledger records it', async () => {
    const failure = new Problem('storage-failing');
    const ledger = {
      ...app.running.context.ledger,
      noteOffloaded: async () => {
        throw failure;
      },
    };
    await expect(offloadTo(target, await drawn(), { ledger })).rejects.toBe(failure);
  });

  it('is rejected when the lease has expired', async () => {
    const delivery = await drawn();
    await app.advanceTime(pastLease);
    await expect(offloadTo(target, delivery)).rejects.toMatchObject({ code: 'delivery-over' });
    expect(await ticketState()).toBe('open');
  });

  it('reads one block from the vault', async () => {
    const { vault } = app.running.context;
    const spans: object[] = [];
    const read: typeof vault.read = (key, stored, span) => {
      spans.push(span);
      return vault.read(key, stored, span);
    };
    const recording = { put: vault.put, read } as unknown as typeof vault;
    await offloadTo(target, await drawn(), { vault: recording });
    expect(spans).toEqual([{ start: 0, end: 1 }]);
  });
});
