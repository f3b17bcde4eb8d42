/** Feedback of receivers: thanks for the giver, reports for the operator. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/contract/api/schemas.ts';
import { reportReasons, thanks } from '../../src/contract/vocabulary.ts';
import { receive } from '../clients/receive.ts';
import { fileOf, openTestApp, type TestApp, waitUntil } from '../setup/test-app.ts';

/** The log lines, as the operator reads them. */
const log: string[] = [];
const nature = { log: { write: (line: string) => void log.push(line) } };

let app: TestApp;
beforeEach(async () => {
  log.length = 0;
  const times = { LEASE: '10m', GRACE: '5m', REPORT_HOLD: '2d', TICKET_TTL: '4d' };
  app = await openTestApp({ ...times, LOG_LEVEL: 'warn', BUNDLE_UP_TO: '0' }, nature);
});
afterEach(() => app.close());

const minute = 60_000;
const day = 24 * 60 * minute;

/** Gives a gift and draws it with the ticket of another. */
async function drawn(): Promise<{ ticket: string; delivery: Delivery; mine: string }> {
  const { ticket } = await app.client.give(fileOf('theirs.txt', 'theirs'));
  const { ticket: mine } = await app.client.give(fileOf('mine.txt', 'mine'));
  return { ticket, mine, delivery: (await app.client.draw(mine)) as Delivery };
}

const thanksOf = async (ticket: string) => (await app.client.ticket(ticket)).gift.thanks;
const faults = async () => (await app.running.context.ledger.audit()).faults;
const blobs = async () => (await app.blobs()).length;

/** The reports in the ledger. */
function reports(): Record<string, unknown>[] {
  const db = new Database(join(app.folder, 'ledger.db'), { readonly: true });
  const rows = db.prepare('select * from report').all() as Record<string, unknown>[];
  db.close();
  return rows;
}

const post = (path: string, body: string, type = 'application/json', of = app) =>
  fetch(of.url + path, { method: 'POST', body, headers: { 'content-type': type } });

async function problem(answer: Response) {
  const body = (await answer.json()) as { type: string; error: string };
  return [answer.status, body.type.split('#')[1], body.error];
}

describe('thanks', () => {
  it.each(thanks)('with %s reach the giver', async (emoji) => {
    const { ticket, delivery } = await drawn();
    expect(await app.client.ticket(ticket)).not.toHaveProperty('gift.thanks');
    await app.client.thank(delivery, emoji);
    expect(await thanksOf(ticket)).toBe(emoji);
  });

  it('are accepted before, after and long after the arrival; the last ones count', async () => {
    const { ticket, delivery } = await drawn();
    await app.client.thank(delivery, '😮');
    await (await app.client.fetchDelivery(delivery)).text();
    await app.client.received(delivery);
    await app.client.thank(delivery, '😄');
    expect(await thanksOf(ticket)).toBe('😄');
    await app.advanceTime(minute);
    expect(await blobs()).toBe(1);
    await app.client.thank(delivery, '🙏');
    expect(await thanksOf(ticket)).toBe('🙏');
    expect(await faults()).toEqual([]);
  });

  it('do not stay with a gift that is drawn again', async () => {
    const { ticket, mine, delivery } = await drawn();
    await app.client.thank(delivery, '🎉');
    await app.advanceTime(11 * minute);
    expect(await thanksOf(ticket)).toBeUndefined();
    await expect(app.client.thank(delivery, '🎉')).rejects.toMatchObject({
      code: 'delivery-over',
    });
    const again = (await app.client.draw(mine)) as Delivery;
    await receive(() => app.client, again);
    expect(await thanksOf(ticket)).toBeUndefined();
  });

  it('do not end a long poll for a file', async () => {
    const { ticket, giver } = await app.client.give(fileOf('waits.txt', 'waits'));
    const other = await app.client.give(fileOf('other.txt', 'other'));
    const delivery = (await app.client.draw(other.ticket)) as Delivery;
    const own = await app.client.give(fileOf('own.txt', 'own'), { giver });
    expect((await app.client.draw(own.ticket))?.name).toBe('other.txt');
    const waiting = app.client.draw(ticket, { wait: 30 });
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'waiting');
    await app.client.thank(delivery, '🎉');
    await app.upload('late.txt', 'late');
    expect((await waiting)?.name).toBe('late.txt');
    expect(await thanksOf(ticket)).toBe('🎉');
  });

  it.each([
    ['another picture', '{"emoji":"💩"}'],
    ['a word', '{"emoji":"thanks"}'],
    ['nothing', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
  ])('that are %s are refused with the list of possible ones', async (_what, body) => {
    const { ticket, delivery } = await drawn();
    const [status, code, error] = await problem(await post(`${delivery.url}/thanks`, body));
    expect([status, code]).toEqual([400, 'thanks-unknown']);
    for (const emoji of thanks) expect(error).toContain(emoji);
    expect(await thanksOf(ticket)).toBeUndefined();
  });
});

describe('a report', () => {
  it('is recorded for the operator, and the delivery goes on', async () => {
    const { ticket, mine, delivery } = await drawn();
    await app.client.report(delivery, { reason: 'personal', note: ' My own diary.\u0000 ' });
    expect((await app.client.ticket(ticket)).gift.fate).toBe('on-its-way');
    expect((await app.client.ticket(mine)).state).toBe('drawn');
    expect(await (await app.client.fetchDelivery(delivery)).text()).toBe('theirs');
    const [report] = reports();
    expect(report).toMatchObject({
      name: 'theirs.txt',
      kind: 'text',
      mime_type: 'text/plain',
      size: 6,
      sha256: delivery.sha256,
      reason: 'personal',
      note: 'My own diary.',
      state: 'open',
    });
    expect(log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 40,
        msg: 'gift reported',
        report: report?.id,
        key: report?.key,
        sha256: delivery.sha256,
        reason: 'personal',
        state: 'leased',
      }),
    ]);
    expect(await faults()).toEqual([]);
  });

  it('keeps the bytes for the operator until its hold ends', async () => {
    const { mine, delivery } = await drawn();
    await app.client.report(delivery, { reason: 'illegal' });
    await receive(() => app.client, delivery);
    await waitUntil(async () => (await app.client.ticket(mine)).state === 'spent');
    await app.advanceTime(2 * day - minute);
    expect(await blobs()).toBe(2);
    const [{ key = '' } = {}] = reports() as { key: string }[];
    expect(await app.blobs()).toContain(join(app.folder, 'vault', 'gifts', key.slice(0, 2), key));
    await app.advanceTime(2 * minute);
    expect(await blobs()).toBe(1);
    expect(await faults()).toEqual([]);
  });

  it('keeps the bytes of an arrived file through all later feedback', async () => {
    const { mine, delivery } = await drawn();
    await (await app.client.fetchDelivery(delivery)).text();
    await waitUntil(async () => (await app.client.ticket(mine)).state === 'spent');
    await app.client.report(delivery, { reason: 'harmful' });
    await app.client.received(delivery);
    await (await app.client.fetchDelivery(delivery)).text();
    await app.advanceTime(day);
    expect(await blobs()).toBe(2);
  });

  it('is accepted without the bytes, and outlives every other row', async () => {
    const { delivery } = await drawn();
    await receive(() => app.client, delivery);
    await app.advanceTime(minute);
    expect(await blobs()).toBe(1);
    await app.client.report(delivery, { reason: 'copyright' });
    await app.advanceTime(40 * day);
    expect((await app.running.context.ledger.audit()).deliveries).toEqual({});
    expect(reports()).toMatchObject([{ sha256: delivery.sha256, reason: 'copyright', note: null }]);
  });

  it('of an expired delivery leaves the gift in the pool, as long as fewer than three parties reported it', async () => {
    await app.close();
    app = await openTestApp({ LEASE: '10m', TRUST_PROXY: '127.0.0.0/8' });
    await app.upload('theirs.txt', 'theirs');
    const reportFrom = async (address: string) => {
      const { mine, delivery } = await (async () => {
        const given = await app.client.give(fileOf('mine.txt', 'mine'), { giver: `g_${'c'.repeat(32)}` });
        return { mine: given.ticket, delivery: (await app.client.draw(given.ticket)) as Delivery };
      })();
      await app.advanceTime(11 * minute);
      await app.client.withdraw(mine);
      const answer = await fetch(`${app.url}${delivery.url}/report`, {
        method: 'POST',
        body: '{"reason":"harmful"}',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      });
      expect(answer.status).toBe(204);
      return (await app.client.poolStats()).file_count;
    };
    expect(await reportFrom('192.0.2.1')).toBe(1);
    expect(await reportFrom('192.0.2.1')).toBe(1);
    expect(await reportFrom('198.51.100.2')).toBe(1);
    expect(await reportFrom('203.0.113.3')).toBe(0);
    await app.upload('copy.txt', 'theirs');
    expect((await app.client.poolStats()).file_count).toBe(1);
    await app.advanceTime(minute);
    expect((await app.client.poolStats()).file_count).toBe(0);
    expect(await faults()).toEqual([]);
  });

  it('replaces an earlier one', async () => {
    const { delivery } = await drawn();
    await app.client.report(delivery, { reason: 'other', note: 'Look.' });
    await app.client.report(delivery, { reason: 'illegal' });
    expect(reports()).toMatchObject([{ reason: 'illegal', note: null }]);
  });

  it('does not reveal the secret of the delivery', async () => {
    const { delivery } = await drawn();
    await app.client.report(delivery, { reason: 'other', note: 'A note of mine.' });
    expect(log).toHaveLength(1);
    expect(JSON.stringify([reports(), log])).not.toContain(delivery.url.split('/').pop());
    expect(log.join()).not.toContain('note of mine');
  });

  it.each([
    ['another reason', { reason: 'dull' }],
    ['no reason', { note: 'Hm.' }],
    ['a note that is too long', { reason: 'other', note: 'x'.repeat(1001) }],
    ['a note that is no text', { reason: 'other', note: 7 }],
  ])('with %s is refused with the list of possible reasons', async (_what, body) => {
    const { mine, delivery } = await drawn();
    const refused = await post(`${delivery.url}/report`, JSON.stringify(body));
    const [status, code, error] = await problem(refused);
    expect([status, code]).toEqual([400, 'report-broken']);
    for (const reason of [...reportReasons, '1000']) expect(error).toContain(reason);
    expect(reports()).toEqual([]);
    expect((await app.client.ticket(mine)).state).toBe('drawn');
  });

  it('may have a note of a thousand characters of any kind', async () => {
    const { delivery } = await drawn();
    await app.client.report(delivery, { reason: 'other', note: '🌈'.repeat(1000) });
    expect(reports()).toMatchObject([{ note: '🌈'.repeat(1000) }]);
    const half = await post(`${delivery.url}/report`, '{"reason":"other","note":"\\ud83d"}');
    expect(half.status).toBe(204);
    expect(reports()).toMatchObject([{ note: '\ufffd' }]);
  });
});

describe.each(['thanks', 'report'])('a body for %s', (reply) => {
  const good = JSON.stringify({ emoji: '🎉', reason: 'other' });

  it.each([
    ['cut off', good.slice(0, -1), 'application/json', 400, 'bad-request'],
    ['empty', '', 'application/json', 400, 'bad-request'],
    ['another type', good, 'text/plain', 400, 'bad-request'],
    ['too large', good + ' '.repeat(9000), 'application/json', 413, 'too-large'],
  ])('that is %s is refused', async (_what, body, type, status, code) => {
    const { delivery } = await drawn();
    const refused = await post(`${delivery.url}/${reply}`, body, type);
    expect((await problem(refused)).slice(0, 2)).toEqual([status, code]);
    expect(reports()).toEqual([]);
  });

  it('may be just below the limit and declare its character set', async () => {
    const { delivery } = await drawn();
    const body = good + ' '.repeat(8 * 1024 - Buffer.byteLength(good));
    const type = 'application/json; charset=utf-8';
    expect((await post(`${delivery.url}/${reply}`, body, type)).status).toBe(204);
  });

  it('is refused without such a delivery', async () => {
    for (const secret of ['d_x', `d_${'a'.repeat(32)}`, '%00']) {
      const refused = await post(`/api/deliveries/${secret}/${reply}`, good);
      expect((await problem(refused)).slice(0, 2)).toEqual([404, 'delivery-unknown']);
    }
  });

  it('is refused for a damaged file', async () => {
    const { delivery } = await drawn();
    for (const path of await app.blobs()) {
      await writeFile(path, (await readFile(path)).fill('x'));
    }
    await expect(app.client.fetchDelivery(delivery)).rejects.toMatchObject({
      code: 'gift-damaged',
    });
    const refused = await post(`${delivery.url}/${reply}`, good);
    expect((await problem(refused)).slice(0, 2)).toEqual([410, 'gift-damaged']);
  });

  it('is rate-limited before its body is read', async () => {
    const tight = await openTestApp({ RATE_LIMIT: 'on', REPLIES_PER_MINUTE: '3' });
    const path = `/api/deliveries/d_${'a'.repeat(32)}/${reply}`;
    for (let i = 0; i < 3; i++) {
      expect((await post(path, good, 'application/json', tight)).status).toBe(404);
    }
    const refused = await post(path, good, 'application/json', tight);
    expect(refused.headers.get('retry-after')).toBe('20');
    expect((await problem(refused)).slice(0, 2)).toEqual([429, 'too-many-requests']);
    await tight.close();
  });
});
