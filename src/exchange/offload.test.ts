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
const somewhere: Offloader = {
  canSend,
  createTarget: async () => ({ location: 'https://there.example' }),
};
const leaseIsOver = 11 * 60_000;
const ticketState = async () => (await app.client.ticket(ticket)).state;

async function drawn() {
  const draw = await drawWithTicket(app.running.context, ticket);
  if (!isDrawn(draw)) throw new Error('nothing drawn');
  return draw.delivery;
}
const handTo = async (to: Offloader, delivery: Awaited<ReturnType<typeof drawn>>, more = {}) => {
  const context: ExchangeContext = { ...app.running.context, ...more };
  return offload(context, to, delivery, { start: 0, end: delivery.gift.size }, as);
};

describe('handing over', () => {
  it('is for good', async () => {
    expect(await handTo(somewhere, await drawn())).toEqual({ location: 'https://there.example' });
    await app.advanceTime(leaseIsOver);
    expect(await ticketState()).toBe('spent');
  });

  it('is nothing when nobody can say where the bytes are', async () => {
    const failure = new Error('Nobody knows who we are');
    const createTarget = async () => {
      throw failure;
    };
    await expect(handTo({ canSend, createTarget }, await drawn())).rejects.toBe(failure);
    await app.advanceTime(leaseIsOver);
    expect(await ticketState()).toBe('open');
  });

  it('is not said before the ledger has it', async () => {
    const failure = new Problem('storage-failing');
    const ledger = {
      ...app.running.context.ledger,
      noteOffloaded: async () => {
        throw failure;
      },
    };
    await expect(handTo(somewhere, await drawn(), { ledger })).rejects.toBe(failure);
  });

  it('is too late when the lease is over', async () => {
    const delivery = await drawn();
    await app.advanceTime(leaseIsOver);
    await expect(handTo(somewhere, delivery)).rejects.toMatchObject({ code: 'delivery-over' });
    expect(await ticketState()).toBe('open');
  });

  it('asks the vault for one block and no more', async () => {
    const { vault } = app.running.context;
    const spans: object[] = [];
    const read: typeof vault.read = (key, stored, span) => {
      spans.push(span);
      return vault.read(key, stored, span);
    };
    const noting = { put: vault.put, read } as unknown as typeof vault;
    await handTo(somewhere, await drawn(), { vault: noting });
    expect(spans).toEqual([{ start: 0, end: 1 }]);
  });
});
