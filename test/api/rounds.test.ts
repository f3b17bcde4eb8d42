/** Rounds over HTTP: everyone hands in one file, and everyone gets exactly one other. */
import { describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../src/contract/api/schemas.ts';
import { createRoomClient } from '../../src/contract/room-client.ts';
import { runDueJobs } from '../../src/exchange/maintenance/jobs.ts';
import { closingApps } from '../setup/closing-apps.ts';
import { auditOf } from '../setup/gift-samples.ts';
import { fileOf, formOf, type TestApp } from '../setup/test-app.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const open = closingApps();

async function openRound(app: TestApp, mode: 'round' | 'swap' = 'round') {
  const rooms = createRoomClient(app.url);
  const { room, host } = await rooms.create({ name: 'Class 5b', mode, closes_at: '1h' });
  return { rooms, room, host, own: rooms.within(room.code) };
}

async function handIn(own: ReturnType<ReturnType<typeof createRoomClient>['within']>, count: number) {
  const given: ExchangeAnswer[] = [];
  for (let n = 0; n < count; n++) given.push(await own.give(fileOf(`${n}.txt`, `file ${n}`)));
  return given;
}

async function textOf(app: TestApp, ticket: string): Promise<string> {
  const answer = await fetch(`${app.url}/api/download`, { headers: { authorization: `Bearer ${ticket}` } });
  expect(answer.status).toBe(200);
  return answer.text();
}

describe('a round', () => {
  it('gives each of a class exactly one file of another, at the deadline', async () => {
    const app = await open();
    const { rooms, room, own } = await openRound(app);
    const given = await handIn(own, 30);
    expect(given.map(({ seat }) => seat)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    expect(new Set(given.map(({ salt }) => salt)).size).toBe(30);
    const [first] = given;
    await expect(app.client.draw(first?.ticket ?? '')).rejects.toMatchObject({
      code: 'round-not-drawn',
      facts: { opens_at: room.closes_at },
    });
    await app.advanceTime(60 * minute);
    await runDueJobs(app.running.context);
    expect(await rooms.find(room.code)).toMatchObject({ state: 'drawn', round: { seats: 30, min_seats: 3 } });
    const got: string[] = [];
    for (const { ticket } of given) got.push(await textOf(app, ticket));
    expect(new Set(got)).toEqual(new Set(given.map((_, n) => `file ${n}`)));
    expect(got.filter((text, n) => text === `file ${n}`)).toEqual([]);
    await auditOf(app);
  });

  it('is drawn at once by its host, but not with too few files', async () => {
    const app = await open();
    const { rooms, room, host, own } = await openRound(app);
    const given = await handIn(own, 2);
    const now = () => rooms.change(room.code, host, { closes_at: 'now' });
    await expect(now()).rejects.toMatchObject({ code: 'seats-missing' });
    given.push(...(await handIn(own, 1).catch(() => [])));
    given.push(await own.give(fileOf('c.txt', 'c')));
    expect(await now()).toMatchObject({ state: 'drawn' });
    for (const { ticket } of given) await textOf(app, ticket);
    await expect(own.give(fileOf('late.txt', 'late'))).rejects.toMatchObject({ code: 'room-closed' });
    await auditOf(app);
  });

  it('moves its deadline by a day with too few files, and then gives each file up', async () => {
    const app = await open();
    const { rooms, room, own } = await openRound(app);
    const [{ ticket } = { ticket: '' }] = await handIn(own, 2);
    await app.advanceTime(60 * minute);
    await runDueJobs(app.running.context);
    expect((await rooms.find(room.code)).state).toBe('open');
    await app.advanceTime(day);
    await runDueJobs(app.running.context);
    expect(await app.client.ticket(ticket)).toMatchObject({ state: 'withdrawn', end_reason: 'too-few-seats' });
    await app.advanceTime(0);
    expect(await app.blobs()).toEqual([]);
    await auditOf(app);
  });

  it('takes only what earns a seat', async () => {
    const app = await open();
    const { room } = await openRound(app);
    const header = { 'exchange-room': room.code };
    const codeOf = async (answer: Response) => ((await answer.json()) as { type: string }).type.split('#')[1];
    expect(await codeOf(await app.upload('a.txt', 'a', header))).toBe('round-by-ticket');
    expect(await codeOf(await fetch(`${app.url}/api/download`, { headers: header }))).toBe('round-by-ticket');
    const give = (more: Record<string, string>, query = '') =>
      fetch(`${app.url}/api/exchange${query}`, {
        method: 'POST',
        body: formOf('a', 'a'),
        headers: { ...header, ...more },
      });
    expect(await codeOf(await give({ 'exchange-expires': '1d' }))).toBe('round-by-ticket');
    expect(await codeOf(await give({}, '?kind=image'))).toBe('round-by-ticket');
    expect((await give({})).status).toBe(201);
  });
});

describe('a swap', () => {
  it('is drawn when the second file comes', async () => {
    const app = await open();
    const { own } = await openRound(app, 'swap');
    const [ada, ben] = await handIn(own, 2);
    expect(await textOf(app, ada?.ticket ?? '')).toBe('file 1');
    expect(await textOf(app, ben?.ticket ?? '')).toBe('file 0');
    await expect(own.give(fileOf('c.txt', 'c'))).rejects.toMatchObject({ code: 'room-closed' });
    await auditOf(app);
  });
});
