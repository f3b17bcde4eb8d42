/** The desk over HTTP: reports, decisions, bans and the log. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Delivery } from '../../src/contract/api/schemas.ts';
import { askDesk, deskToken } from '../setup/desk.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await openTestApp({ ADMIN_TOKEN: deskToken });
});
afterEach(() => app.close());

const desk = (path: string, body?: object, authorization?: string) => askDesk(app.url, path, body, authorization);

/** A delivery that its receiver has reported. */
async function reported(): Promise<Delivery & { ticket: string }> {
  const { ticket } = await app.client.give(fileOf('bad.txt', 'bad'));
  const { ticket: mine } = await app.client.give(fileOf('mine.txt', 'mine'));
  const delivery = (await app.client.draw(mine)) as Delivery;
  await app.client.report(delivery, { reason: 'harmful', note: 'Look.' });
  return { ...delivery, ticket };
}

it('is not found without its token, or where there is none', async () => {
  for (const authorization of [
    '',
    'Bearer',
    `Bearer ${deskToken}x`,
    `Bearer ${deskToken.slice(1)}`,
    `Basic ${deskToken}`,
  ])
    expect(await desk('reports', undefined, authorization)).toMatchObject({ status: 404, code: 'not-found' });
  await app.close();
  app = await openTestApp();
  for (const authorization of ['', 'Bearer ', `Bearer ${deskToken}`])
    expect(await desk('reports', undefined, authorization)).toMatchObject({ status: 404, code: 'not-found' });
});

it('lists reviews by state in pages, and shows one', async () => {
  const { sha256 } = await reported();
  const { json } = await desk('reports?state=open&limit=1');
  expect(json).toMatchObject({
    next: expect.any(Number),
    reviews: [{ sha256, state: 'open', reports: [{ reason: 'harmful', note: 'Look.', name: 'bad.txt', size: 3 }] }],
  });
  expect((await desk(`reports?state=open&after=${json.next}`)).json).toEqual({ reviews: [] });
  expect((await desk('reports')).json).toEqual({ reviews: [] });
  expect((await desk(`reports/${sha256}`)).json).toMatchObject({ gifts: [{ state: 'leased', withheld: false }] });
  expect(await desk(`reports/${'0'.repeat(64)}`)).toMatchObject({ status: 404 });
  for (const wrong of ['state=all', 'after=-1', 'limit=x'])
    expect(await desk(`reports?${wrong}`)).toMatchObject({ status: 400, code: 'bad-request' });
});

it('removes a file and takes that back', async () => {
  const { sha256, ticket } = await reported();
  const decision = { action: 'remove', ground: 'illegal', rule: 'No such files.' };
  expect((await desk(`reports/${sha256}/decision`, decision)).json).toMatchObject({
    state: 'removed',
    decided_by: 'person',
    ground: 'illegal',
    rule: 'No such files.',
    gifts: [{ state: 'quarantined', withheld: true, bytes_until: expect.any(String) }],
  });
  expect((await app.client.ticket(ticket)).gift.fate).toBe('removed');
  expect((await app.upload('again.txt', 'bad')).status).toBe(422);
  expect((await desk(`reports/${sha256}/decision`, { action: 'undo' })).json).toMatchObject({ state: 'open' });
  expect((await app.client.ticket(ticket)).gift.fate).toBe('waiting');
  expect((await app.upload('again.txt', 'bad')).status).toBe(200);
  expect((await desk('audit?limit=1')).json).toMatchObject({
    entries: [{ actor: 'desk', action: 'undo', subject: sha256 }],
    next: expect.any(Number),
  });
});

it('approves a file, and holds bytes for the law', async () => {
  const { sha256 } = await reported();
  const until = '2999-01-31T00:00:00.000Z';
  const path = `reports/${sha256}/decision`;
  expect((await desk(path, { action: 'hold', until })).json).toMatchObject({ state: 'open', retain_until: until });
  expect((await desk(path, { action: 'approve' })).json).toMatchObject({
    state: 'approved',
    reports: [{ state: 'dismissed' }],
  });
});

it.each([
  { action: 'judge' },
  { action: 'remove' },
  { action: 'remove', ground: 'dull' },
  { action: 'remove', ground: 'other', rule: 'x'.repeat(1001) },
  { action: 'hold', until: 'soon' },
])('refuses the decision %j', async (decision) => {
  const { sha256 } = await reported();
  expect(await desk(`reports/${sha256}/decision`, decision)).toMatchObject({ status: 400, code: 'bad-request' });
  expect((await desk(`reports/${sha256}`)).json).toMatchObject({ state: 'open' });
});

it('bans a giver, and takes that back', async () => {
  const { sha256 } = await reported();
  const { json } = await desk(`reports/${sha256}`);
  const [{ giver: value = '' } = {}] = json.gifts as { giver: string }[];
  const ban = { subject: 'giver', value };
  expect((await desk('bans', { ...ban, banned: true })).json).toEqual({ bans: [ban] });
  expect((await desk('bans', { ...ban, banned: false })).json).toEqual({ bans: [] });
  expect(await desk('bans', { ...ban, subject: 'king', banned: true })).toMatchObject({ status: 400 });
});

it('tells the giver the reasons at the ticket, hears one appeal, and reverses the decision', async () => {
  const { sha256, ticket } = await reported();
  const appeal = (text: unknown) =>
    fetch(`${app.url}/api/tickets/current/appeal`, {
      method: 'POST',
      body: JSON.stringify({ text }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ticket}` },
    });
  expect(await app.client.ticket(ticket)).not.toHaveProperty('statement');
  expect((await appeal('Why?')).status).toBe(409);
  await desk(`reports/${sha256}/decision`, { action: 'remove', ground: 'personal', rule: 'Nothing of others.' });
  expect((await app.client.ticket(ticket)).statement).toEqual({
    state: 'removed',
    ground: 'personal',
    rule: 'Nothing of others.',
    decided_by: 'person',
    decided_at: expect.any(String),
    appeal_until: expect.any(String),
  });
  for (const wrong of ['', 'x'.repeat(1001), 7]) expect((await appeal(wrong)).status).toBe(400);
  const heard = await appeal(' It is my own.\0 ');
  expect([heard.status, ((await heard.json()) as { statement: object }).statement]).toEqual([
    200,
    expect.objectContaining({ state: 'removed', appeal: 'open' }),
  ]);
  expect((await appeal('Again.')).status).toBe(409);
  expect((await desk('reports?state=appealed')).json).toMatchObject({ reviews: [{ sha256 }] });
  expect((await desk(`reports/${sha256}`)).json).toMatchObject({ appeals: [{ text: 'It is my own.', state: 'open' }] });
  await app.advanceTime(60 * 24 * 3_600_000);
  await desk(`reports/${sha256}/decision`, { action: 'approve' });
  const after = await app.client.ticket(ticket);
  expect(after.statement).toMatchObject({ state: 'restored', appeal: 'granted' });
  expect(after.gift.fate).toBe('waiting');
  expect((await app.running.context.ledger.audit()).faults).toEqual([]);
});
