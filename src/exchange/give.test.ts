import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../../test/setup/test-app.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { deadlinesAt, newGift } from '../ledger/testing/samples.ts';
import { chunks, sample } from '../vault/testing/samples.ts';
import { drawWithTicket, isDrawn } from './draw.ts';
import { type GiftOffer, give } from './give.ts';
import { earlierSecretFrom, hashOf } from './secrets.ts';

let app: TestApp;
beforeEach(async () => {
  app = await openTestApp();
});
afterEach(() => app.close());

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const offer = (text = 'mine'): GiftOffer => ({
  name: 'mine.txt',
  declaredType: undefined,
  bytes: bytesOf(text),
  giver: undefined,
  forTicket: true,
  idempotencyKey: undefined,
  claim: { maxSize: 1_000, client: undefined },
});

/** The program with some verbs of its ledger replaced. */
const withLedger = (change: Partial<Ledger>) => ({
  ...app.running.context,
  ledger: { ...app.running.context.ledger, ...change },
});

const failure = new Problem('storage-failing');
const fail = async () => {
  throw failure;
};

describe('an idempotency key', () => {
  const key = 'guessable-guessable-guessable';

  it('that is guessed derives no ticket', async () => {
    const given = await give(app.running.context, { ...offer(), idempotencyKey: key });
    expect(given.ticket).not.toBe(earlierSecretFrom(key, 'ticket'));
    expect((await give(app.running.context, { ...offer(), idempotencyKey: key })).ticket).toBe(given.ticket);
  });

  it('of an earlier version finds its gift for a day', async () => {
    const { ledger, now } = app.running.context;
    const start = now();
    const [ticket, giver] = (['ticket', 'giver'] as const).map((kind) => earlierSecretFrom(key, kind)) as [
      string,
      string,
    ];
    const sha256 = createHash('sha256').update('mine').digest('hex');
    await ledger.give(newGift({ ticketHash: hashOf(ticket), giver: hashOf(giver), sha256 }), deadlinesAt(start));
    const giveAt = (time: number) => {
      const context = { ...app.running.context, keySecret: { secret: 'new', since: start }, now: () => time };
      return give(context, { ...offer(), idempotencyKey: key });
    };
    expect(await giveAt(start)).toMatchObject({ ticket, giver });
    expect((await giveAt(start + 86_400_000)).ticket).not.toBe(ticket);
  });
});

describe('a commit whose outcome is unknown (R6)', () => {
  it('gives a usable gift when the commit succeeded', async () => {
    const { ledger } = app.running.context;
    const context = withLedger({
      give: async (...args) => {
        await ledger.give(...args);
        throw failure;
      },
    });
    const { ticket } = await give(context, offer());
    await app.upload('theirs.txt', 'theirs');
    expect(isDrawn(await drawWithTicket(app.running.context, ticket as string))).toBe(true);
    expect((await app.client.poolStats()).file_count).toBe(1);
  });

  it('removes the bytes when the commit failed', async () => {
    await expect(give(withLedger({ give: fail }), offer())).rejects.toBe(failure);
    expect(await app.blobs()).toEqual([]);
  });

  it('keeps the bytes for the sweep when the ledger cannot tell', async () => {
    await expect(give(withLedger({ give: fail, hasGift: fail }), offer())).rejects.toBe(failure);
    expect(await app.blobs()).toHaveLength(1);
  });
});

describe('the bytes of a gift', () => {
  it.each([10, 30_000, 200_000])('may arrive in a reused buffer of %i bytes', async (chunk) => {
    const bytes = sample(3 * chunk);
    const source = chunks(bytes, [chunk, chunk]);
    const { gift } = await give(app.running.context, { ...offer(), bytes: source });
    expect(gift.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('an upload that breaks off', () => {
  it('leaves no bytes behind, and closes its source', async () => {
    let isClosed = false;
    async function* broken(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.alloc(100_000, 'x');
        throw new Problem('upload-cut');
      } finally {
        isClosed = true;
      }
    }
    await expect(give(app.running.context, { ...offer(), bytes: broken() })).rejects.toMatchObject({
      code: 'upload-cut',
    });
    expect(isClosed).toBe(true);
    expect(await app.blobs()).toEqual([]);
    expect((await app.client.poolStats()).given_total).toBe(0);
  });
});
