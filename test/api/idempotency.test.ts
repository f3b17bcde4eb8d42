/** Repeated gifts after a lost answer: the same idempotency key gives once. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../setup/scratch.ts';
import { fileOf, formOf, openTestApp, type TestApp, waitUntil } from '../setup/test-app.ts';

const { place } = scratchFolder();
let app: TestApp;
beforeEach(async () => {
  app = await openTestApp();
});
afterEach(async () => {
  expect((await app.running.context.ledger.audit()).faults).toEqual([]);
  await app.close();
});

const newKey = () => randomBytes(24).toString('base64url');
const mine = fileOf('mine.txt', 'mine');
const give = (key: string, file = mine, giver?: string) => app.client.give(file, { key, giver });

/** Gives like `curl`, without asking for JSON: the answer is another giver's file if there is one. */
const exchange = (key: string) =>
  fetch(`${app.url}/api/exchange`, {
    method: 'POST',
    body: formOf('mine.txt', 'mine'),
    headers: { 'idempotency-key': key },
  });

/** Expects exactly one gift with its bytes. */
async function expectOneGift(): Promise<void> {
  expect(await app.client.poolStats()).toMatchObject({ given_total: 1, file_count: 1 });
  expect(await app.blobs()).toHaveLength(1);
}

describe('a repeated gift with its key', () => {
  it('is given once if the first answer was never read', async () => {
    const key = newKey();
    const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
    socket.pause();
    socket.write(
      `POST /api/exchange?name=mine.txt HTTP/1.1\r\nhost: x\r\naccept: application/json\r\nidempotency-key: ${key}\r\ncontent-length: 4\r\n\r\nmine`,
    );
    await waitUntil(async () => (await app.client.poolStats()).given_total === 1);
    socket.resetAndDestroy();
    const { ticket, gift } = await give(key);
    await expectOneGift();
    expect(gift.name).toBe('mine.txt');
    await app.upload('theirs.txt', 'theirs');
    expect(await app.client.draw(ticket)).toMatchObject({ name: 'theirs.txt' });
  });

  it('gets the first answer, to the letter', async () => {
    const key = newKey();
    const first = await give(key);
    await app.advanceTime(60_000);
    expect(await give(key)).toEqual(first);
    expect(await give(`"${key}"`)).toEqual(first);
    await expectOneGift();
  });

  it('is given once if it arrives eight times at once', async () => {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 8 }, () => give(key)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await expectOneGift();
  });

  it('is refused if its bytes differ, and nothing of it is stored', async () => {
    const key = newKey();
    const { ticket } = await give(key);
    await expect(give(key, fileOf('mine.txt', 'other'))).rejects.toMatchObject({
      code: 'key-reused',
      status: 422,
    });
    await expectOneGift();
    expect((await app.client.ticket(ticket)).state).toBe('open');
  });

  it('is refused for another giver, who would learn the ticket', async () => {
    const [one, two] = [await give(newKey()), await give(newKey(), fileOf('b.txt', 'b'))];
    const key = newKey();
    const file = fileOf('c.txt', 'c');
    const first = await give(key, file, one.giver);
    expect(first.giver).toBe(one.giver);
    await expect(give(key, file, two.giver)).rejects.toMatchObject({ code: 'key-reused' });
    expect(await give(key, file, one.giver)).toEqual(first);
    expect(await app.blobs()).toHaveLength(3);
  });

  it('keeps its giver, who has got a secret by another gift meanwhile', async () => {
    const key = newKey();
    const first = await give(key);
    const { giver } = await give(newKey(), fileOf('other.txt', 'other'));
    expect(await give(key, mine, giver)).toEqual(first);
  });

  it('is answered even if the pool is full', async () => {
    const small = await openTestApp({ POOL_MAX_BYTES: '4B' }, {}, place());
    const key = newKey();
    const first = await small.client.give(mine, { key });
    await expect(small.client.give(mine, { key: newKey() })).rejects.toMatchObject({
      code: 'storage-full',
    });
    expect(await small.client.give(mine, { key })).toEqual(first);
    await small.close();
    const full = await openTestApp({ FREE_SPACE_FLOOR: '900TiB' }, {}, place());
    expect(await full.client.give(mine, { key })).toEqual(first);
    await expect(full.client.give(mine, { key: newKey() })).rejects.toMatchObject({
      code: 'storage-full',
    });
    await full.close();
  });

  it('is answered with its ticket even when that is spent', async () => {
    const key = newKey();
    const first = await give(key);
    await app.client.withdraw(first.ticket);
    expect(await give(key)).toEqual(first);
    expect((await app.client.ticket(first.ticket)).state).toBe('withdrawn');
    expect((await exchange(key)).status).toBe(410);
    expect((await app.client.poolStats()).file_count).toBe(0);
  });
});

describe('a repeated exchange with its key', () => {
  it('gets the same file', async () => {
    await app.upload('theirs.txt', 'theirs');
    await app.upload('others.txt', 'others');
    const key = newKey();
    const [first, again] = [await exchange(key), await exchange(key)];
    expect([first.status, again.status]).toEqual([200, 200]);
    for (const header of ['exchange-ticket', 'exchange-giver', 'content-location', 'etag']) {
      expect(again.headers.get(header)).toBe(first.headers.get(header));
    }
    expect(await again.text()).toBe(await first.text());
    expect((await app.client.poolStats()).file_count).toBe(2);
  });

  it('waits with the same ticket, in the same file', async () => {
    const key = newKey();
    const [first, again] = [await exchange(key), await exchange(key)];
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.headers.get('content-disposition')).toBe(first.headers.get('content-disposition'));
    expect(await again.json()).toEqual(await first.json());
    await expectOneGift();
  });
});

describe('an idempotency key', () => {
  it.each([
    ['too short', 'a'.repeat(21)],
    ['too long', 'a'.repeat(129)],
    ['empty', ''],
    ['half quoted', `"${'a'.repeat(30)}`],
    ['of other characters', `${'a'.repeat(30)}!`],
    ['of two', `${'a'.repeat(30)}, ${'b'.repeat(30)}`],
  ])('is refused if it is %s', async (_what, key) => {
    const answer = await exchange(key);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: '/docs/problems#key-broken' });
    expect(await app.blobs()).toEqual([]);
  });

  it.each([22, 36, 128])('may have %i characters', async (length) => {
    expect((await exchange('a-_9'.repeat(32).slice(0, length))).status).toBe(202);
  });

  it('identifies one gift: two keys give twice, and so does none', async () => {
    const given = [await give(newKey()), await give(newKey())];
    given.push(await app.client.give(mine), await app.client.give(mine));
    expect(new Set(given.map(({ ticket }) => ticket)).size).toBe(4);
    expect(new Set(given.map(({ giver }) => giver)).size).toBe(4);
    expect((await app.client.poolStats()).given_total).toBe(4);
  });

  it('reveals neither ticket nor giver to another client that knows it', async () => {
    const key = newKey();
    const { ticket, giver } = await give(key);
    expect(ticket.slice(2)).not.toBe(giver.slice(2));
    for (const secret of [ticket, giver]) expect((await give(secret)).ticket).not.toBe(ticket);
  });
});

describe('asking by the key', () => {
  it('tells the ticket of a gift whose answer was lost, and changes nothing', async () => {
    const key = newKey();
    const first = await give(key);
    expect(await app.client.given({ key, giver: undefined })).toEqual(first);
    expect(await app.client.given({ key: `"${key}"`, giver: first.giver })).toEqual(first);
    await expectOneGift();
  });

  it('tells nothing while no gift came with it', async () => {
    expect(await app.client.given({ key: newKey(), giver: undefined })).toBeUndefined();
  });

  it('tells no other giver, who would learn the ticket', async () => {
    const { giver } = await give(newKey(), fileOf('a.txt', 'a'));
    const key = newKey();
    await give(key, fileOf('b.txt', 'b'), giver);
    await expect(app.client.given({ key, giver: undefined })).rejects.toMatchObject({ code: 'key-reused' });
  });

  it.each([undefined, 'short'])('needs a whole key, not %s', async (key) => {
    const answer = await fetch(`${app.url}/api/exchange`, { headers: key ? { 'idempotency-key': key } : {} });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: '/docs/problems#key-broken' });
  });
});
