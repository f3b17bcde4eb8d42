/** A shorter life for gifts: the header, the later change, and the ends that answers name. */
import { describe, expect, it } from 'vitest';
import type { TicketStatus } from '../../src/contract/api/schemas.ts';
import { closingApps } from '../setup/closing-apps.ts';
import { readEventsUntil } from '../setup/event-stream.ts';
import { fileOf, formOf, type TestApp } from '../setup/test-app.ts';

const open = closingApps();

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The distance of an ISO 8601 time from a span that begins now, in milliseconds. */
const offBy = (instant: string | null | undefined, span: number) =>
  Math.abs(Date.parse(instant ?? '') - Date.now() - span);

const near = 10_000;

async function post(app: TestApp, path: string, name: string, headers: Record<string, string> = {}) {
  const answer = await fetch(app.url + path, { method: 'POST', body: formOf(name, name), headers });
  return { answer, header: answer.headers.get('exchange-expires') };
}

describe('the life of a gift', () => {
  it('is named in every answer that creates something', async () => {
    const app = await open({ GIFT_TTL: '20d', TICKET_TTL: '10d', LEASE: '15m', REPORT_HOLD: '14d' });
    const plain = await post(app, '/api/upload', 'a.txt');
    const uploaded = (await plain.answer.json()) as { expires_at: string };
    expect(offBy(uploaded.expires_at, 20 * day)).toBeLessThan(near);
    expect(plain.header).toBe(uploaded.expires_at);
    const json = { accept: 'application/json' };
    const given = await post(app, '/api/exchange', 'b.txt', json);
    const { expires_at, gift, ticket } = (await given.answer.json()) as {
      expires_at: string;
      ticket: string;
      gift: { expires_at: string };
    };
    expect(offBy(expires_at, 10 * day)).toBeLessThan(near);
    expect(given.header).toBe(expires_at);
    expect(offBy(gift.expires_at, 20 * day)).toBeLessThan(near);
    const delivery = await app.client.draw(ticket);
    expect(offBy(delivery?.expires_at, 15 * minute)).toBeLessThan(near);
    await app.upload('c.txt', 'c');
    const drawn = await post(app, '/api/exchange', 'd.txt');
    expect(drawn.answer.headers.get('content-disposition')).toContain('attachment');
    expect(offBy(drawn.header, 15 * minute)).toBeLessThan(near);
    await drawn.answer.arrayBuffer();
    const reported = await fetch(`${app.url}${delivery?.url}/report`, {
      method: 'POST',
      body: JSON.stringify({ reason: 'other' }),
      headers: { 'content-type': 'application/json' },
    });
    expect(reported.status).toBe(204);
    expect(offBy(reported.headers.get('exchange-expires'), 14 * day)).toBeLessThan(near);
  });

  it('is as short as its giver wants', async () => {
    const app = await open();
    const { ticket, expires_at, gift } = await app.client.give(fileOf('a.txt', 'a'), { expires: '3d' });
    expect(offBy(expires_at, 3 * day)).toBeLessThan(near);
    expect(gift.expires_at).toBe(expires_at);
    await app.client.upload(fileOf('b.txt', 'b'), { expires: new Date(Date.now() + 4 * hour).toISOString() });
    await app.advanceTime(5 * hour);
    expect(await app.client.poolStats()).toMatchObject({ file_count: 1 });
    await app.advanceTime(3 * day);
    expect(await app.client.poolStats()).toMatchObject({ file_count: 0 });
    expect(await app.client.ticket(ticket)).toMatchObject({ state: 'expired', gift: { fate: 'expired' } });
    expect(await app.blobs()).toEqual([]);
  });

  it('is no longer than the operator allows', async () => {
    const app = await open({ GIFT_TTL: '2d', TICKET_TTL: '1d' });
    const { expires_at, gift, life_cut } = await app.client.give(fileOf('a.txt', 'a'), { expires: '520w' });
    expect(offBy(expires_at, day)).toBeLessThan(near);
    expect(offBy(gift.expires_at, 2 * day)).toBeLessThan(near);
    expect(life_cut).toBe(true);
    expect(await app.client.upload(fileOf('b.txt', 'b'), { expires: '3d' })).toMatchObject({ life_cut: true });
    for (const expires of [undefined, '1d', '5h'])
      expect(await app.client.give(fileOf(`${expires}.txt`, `${expires}`), { expires })).not.toHaveProperty('life_cut');
  });

  it.each([
    ['60s', minute],
    ['90s', 1.5 * minute],
    ['1m', minute],
    ['2w', 14 * day],
  ])('of %s is taken', async (expires, span) => {
    const app = await open();
    const { gift } = await app.client.give(fileOf('a.txt', 'a'), { expires });
    expect(offBy(gift.expires_at, span)).toBeLessThan(near);
  });

  it('can be shortened later, until the gift is drawn', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'));
    const shortened = await app.client.shorten(ticket, '2d');
    expect(offBy(shortened.expires_at, 2 * day)).toBeLessThan(near);
    expect(shortened.gift.expires_at).toBe(shortened.expires_at);
    expect(await app.client.shorten(ticket, '1w')).toEqual(shortened);
    await app.client.draw((await app.client.give(fileOf('b.txt', 'b'))).ticket);
    await expect(app.client.shorten(ticket, '1d')).rejects.toMatchObject({ code: 'gift-drawn' });
    await expect(app.client.shorten('t_unknown', '1d')).rejects.toMatchObject({ code: 'ticket-unknown' });
  });

  it('is told a day before it ends, also to those who listen', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'), { expires: '3d' });
    expect(await app.client.ticket(ticket)).not.toHaveProperty('ends_at');
    const isTold = (status: TicketStatus) => status.ends_at !== undefined;
    const seen = await readEventsUntil(app.client.eventsUrl({ ticket }), isTold, () =>
      app.client.shorten(ticket, '2h'),
    );
    expect(offBy(seen.at(-1)?.ends_at, 2 * hour)).toBeLessThan(near);
    expect(seen.at(0)).not.toHaveProperty('ends_at');
    expect(await app.client.ticket(ticket)).toEqual(seen.at(-1));
  });

  it('is told when the day begins, without another event', async () => {
    const app = await open();
    const expires = new Date(Date.now() + day + 2_000).toISOString();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'), { expires });
    const isTold = (status: TicketStatus) => status.ends_at !== undefined;
    const seen = await readEventsUntil(app.client.eventsUrl({ ticket }), isTold);
    expect(seen).toHaveLength(2);
    expect(seen.at(-1)?.ends_at).toBe(expires);
  });

  it.each([
    '',
    '3',
    '59s',
    '3y',
    '-1d',
    '1.5d',
    '0d',
    'tomorrow',
    '2020-01-01T00:00:00Z',
    '2026-99-99T00:00:00Z',
    '3d; 4d',
  ])('is refused as %j, and nothing is kept', async (expires) => {
    const app = await open();
    const { answer } = await post(app, '/api/exchange', 'a.txt', { 'exchange-expires': expires });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: expect.stringContaining('life-broken') });
    const { ticket } = await app.client.give(fileOf('b.txt', 'b'));
    await expect(app.client.shorten(ticket, expires)).rejects.toMatchObject({ code: 'life-broken' });
    expect(await app.client.poolStats()).toMatchObject({ given_total: 1 });
  });
});
