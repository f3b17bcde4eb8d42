/** Rooms over HTTP: private pools with a code and a host. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Room, RoomBody } from '../../src/contract/api/rooms/room-schemas.ts';
import type { PoolStats } from '../../src/contract/api/schemas.ts';
import { createRoomClient, type RoomClient } from '../../src/contract/room-client.ts';
import { runDueJobs } from '../../src/exchange/maintenance/jobs.ts';
import { closingApps } from '../setup/closing-apps.ts';
import { readEventsUntil } from '../setup/event-stream.ts';
import { auditOf } from '../setup/gift-samples.ts';
import { fileOf, formOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const nowhere = '00000-00000';

let app: TestApp;
let rooms: RoomClient;
beforeEach(async () => {
  app = await openTestApp();
  rooms = createRoomClient(app.url);
});
afterEach(async () => {
  await auditOf(app);
  await app.close();
});
const open = closingApps();

const openRoom = (room: Partial<RoomBody> = {}) => rooms.create({ name: 'Class 5b', mode: 'open', ...room });

const codeOf = async (answer: Response | Promise<Response>) => {
  const { status, type } = { status: (await answer).status, ...((await (await answer).json()) as { type: string }) };
  return `${status} ${type.split('#')[1]}`;
};

const uploadIn = (code: string, text: string, name = `${text}.txt`) =>
  app.upload(name, text, { 'exchange-room': code });

const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });

const postRoom = (body: unknown) =>
  fetch(`${app.url}/api/rooms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

describe('a room', () => {
  it('is created with a code, a host and a deadline of a year', async () => {
    const { room, host } = await openRoom({ name: ' Class\u0000 5b ' });
    expect(room.code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    expect(host).toMatch(/^h_[\w-]{32}$/);
    expect(room).toMatchObject({ name: 'Class 5b', mode: 'open', state: 'open', stats: { file_count: 0 } });
    expect(room).not.toHaveProperty('kinds');
    expect(Date.parse(room.closes_at) - Date.parse(room.created_at)).toBe(366 * day);
    expect(await rooms.find(room.code.toLowerCase().replace('-', ' '))).toEqual(room);
  });

  it('exchanges files among those who have its code', async () => {
    const { room } = await openRoom();
    const [ada, ben] = [rooms.within(room.code), rooms.within(room.code.toLowerCase())];
    const gaveAda = await ada.give(fileOf('from ada.txt', 'ada'));
    expect(await ada.draw(gaveAda.ticket)).toBeUndefined();
    const gaveBen = await ben.give(fileOf('from ben.txt', 'ben'));
    // The ticket alone names the room.
    expect((await app.client.draw(gaveAda.ticket))?.name).toBe('from ben.txt');
    const own = await ben.draw(gaveBen.ticket);
    expect(own?.name).toBe('from ada.txt');
    await uploadIn(room.code, 'free');
    const byQuery = await fetch(`${app.url}/api/download?room=${room.code}`);
    expect([byQuery.status, await byQuery.text()]).toEqual([200, 'free']);
    expect((await rooms.find(room.code)).stats).toMatchObject({ file_count: 0, given_total: 3 });
  });

  it('answers a file with a file, as the pool does', async () => {
    const { room } = await openRoom();
    await uploadIn(room.code, 'first');
    const answer = await fetch(`${app.url}/api/exchange?room=${room.code}`, {
      method: 'POST',
      body: formOf('b.txt', 'b'),
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'first']);
  });

  it('cannot be noticed in the public pool', async () => {
    const { room } = await openRoom();
    const before = await app.client.poolStats();
    const seen = await readEventsUntil<PoolStats>(
      app.client.eventsUrl('pool'),
      ({ file_count }) => file_count > 0,
      async () => {
        for (const text of ['one', 'two', 'three']) {
          await uploadIn(room.code, text);
          await readEventsUntil<Room>(rooms.eventsUrl(room.code), () => true);
          // Longer than events are coalesced: an event about the room would be sent by now.
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
        expect(await app.client.poolStats()).toEqual(before);
        expect(await codeOf(fetch(`${app.url}/api/download`))).toBe('404 pool-empty');
        expect((await fetch(`${app.url}/api/download`, { method: 'HEAD' })).status).toBe(404);
        await app.upload('public.txt', 'public');
      },
    );
    expect(seen.map(({ file_count }) => file_count)).toEqual([0, 1]);
    expect((await rooms.find(room.code)).stats.file_count).toBe(3);
  });

  it('tells its changes live, and when it closes', async () => {
    const { room } = await openRoom({ closes_at: new Date(Date.now() + 1_500).toISOString() });
    const seen = await readEventsUntil<Room>(
      rooms.eventsUrl(room.code),
      ({ state }) => state === 'closed',
      () => uploadIn(room.code, 'a'),
    );
    expect(seen[0]).toEqual(room);
    expect(seen.at(-1)).toMatchObject({ state: 'closed', stats: { file_count: 1 } });
  });

  it('keeps neither its code nor the secret of its host', async () => {
    const { room, host } = await openRoom();
    const names = (await readdir(app.folder)).filter((name) => name.includes('.db'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const bytes = await readFile(join(app.folder, name));
      for (const secret of [host, room.code, room.code.replace('-', '')]) expect(bytes.includes(secret)).toBe(false);
    }
  });

  it('has no daily budget, and pays for no free draw of the public pool', async () => {
    const proxied = { RATE_LIMIT: 'on', FREE_DRAWS_PER_HOUR: '1', DAILY_GIFTS: '1', TRUST_PROXY: '127.0.0.1' };
    const limited = await open(proxied);
    for (const text of ['x', 'y', 'z']) await limited.upload(text, text, { 'x-forwarded-for': '192.0.2.1' });
    const { room } = await createRoomClient(limited.url).create({ name: 'Club', mode: 'open' });
    const me = { 'x-forwarded-for': '192.0.2.2' };
    const inside = { ...me, 'exchange-room': room.code };
    const statusOf = async (headers: Record<string, string>) =>
      (await fetch(`${limited.url}/api/download`, { headers })).status;
    for (const text of ['one', 'two', 'three'])
      expect((await limited.upload(`${text}.txt`, text, inside)).headers.has('ratelimit')).toBe(false);
    for (let n = 0; n < 3; n++) expect(await statusOf(inside)).toBe(200);
    expect([await statusOf(me), await statusOf(me)]).toEqual([200, 429]);
  });
});

describe('a wrong code', () => {
  it('is refused wherever it stands, and nothing is given to everyone', async () => {
    for (const code of [nowhere, '', 'x', '%00', 'constructor']) {
      expect(await codeOf(fetch(`${app.url}/api/download?room=${code}`))).toBe('404 room-unknown');
      expect(await codeOf(app.upload('a.txt', 'a', { 'exchange-room': code }))).toBe('404 room-unknown');
    }
    for (const path of [`/api/rooms/${nowhere}`, `/api/rooms/${nowhere}/events`])
      expect(await codeOf(fetch(app.url + path))).toBe('404 room-unknown');
    await expect(rooms.within(nowhere).give(fileOf('a.txt', 'a'))).rejects.toMatchObject({ code: 'room-unknown' });
    expect(await app.client.poolStats()).toMatchObject({ file_count: 0, given_total: 0 });
  });

  it('is limited like a password, and a right one costs nothing', async () => {
    const limited = await open({ RATE_LIMIT: 'on', ROOM_CODES_PER_MINUTE: '3' });
    const own = createRoomClient(limited.url);
    const { room } = await own.create({ name: 'Club', mode: 'open' });
    for (let n = 0; n < 20; n++) await own.find(room.code);
    const codes = [];
    for (let n = 0; n < 6; n++) codes.push(await own.find(nowhere).catch(({ code }) => code));
    expect(codes).toEqual([...Array(4).fill('room-unknown'), ...Array(2).fill('too-many-requests')]);
    await expect(own.find(room.code)).rejects.toMatchObject({ code: 'too-many-requests' });
    await expect(own.within(room.code).give(fileOf('a', 'a'))).rejects.toMatchObject({ code: 'too-many-requests' });
    await limited.advanceTime(minute);
    expect((await own.find(room.code)).code).toBe(room.code);
  });
});

describe('the rules of a room', () => {
  it('refuse what is no room', async () => {
    const room = { name: 'Club', mode: 'open' };
    for (const body of [
      {},
      [],
      { name: 'Club' },
      { ...room, mode: 'shut' },
      { ...room, name: ' ' },
      { ...room, name: 'n'.repeat(101) },
      { ...room, kinds: [] },
      { ...room, kinds: ['dance'] },
      { ...room, max_file_size: 0 },
      { ...room, closes_at: 'tomorrow' },
      { ...room, closes_at: 'now' },
    ])
      expect([body, await codeOf(postRoom(body))]).toEqual([body, '400 room-broken']);
    expect(await codeOf(postRoom({ ...room, closes_at: inDays(-1) }))).toBe('400 deadline-past');
    expect(await codeOf(postRoom({ ...room, closes_at: '0s' }))).toBe('400 deadline-past');
    expect(await codeOf(postRoom({ ...room, closes_at: inDays(367) }))).toBe('400 deadline-far');
    expect(await codeOf(postRoom({ ...room, closes_at: '60w' }))).toBe('400 deadline-far');
    expect((await postRoom({ ...room, closes_at: '90s' })).status).toBe(201);
  });

  it('refuse kinds and sizes that the room does not take', async () => {
    const { room } = await openRoom({ kinds: ['text'], max_file_size: 10 });
    expect(room).toMatchObject({ kinds: ['text'], max_file_size: 10 });
    expect(await codeOf(uploadIn(room.code, '%PDF-1.7\n', 'a.pdf'))).toBe('415 kind-refused');
    const large = await uploadIn(room.code, 'more than ten');
    expect([large.status, ((await large.json()) as { limit: number }).limit]).toEqual([413, 10]);
    expect((await uploadIn(room.code, 'ten or so')).status).toBe(200);
    expect(await app.blobs()).toHaveLength(1);
    const { room: huge } = await openRoom({ max_file_size: 1e12 });
    expect(huge.max_file_size).toBe((await app.client.poolStats()).max_file_size);
  });

  it('hold after the deadline: no file enters, and those inside can be drawn', async () => {
    const { room, host } = await openRoom({ closes_at: '1h' });
    const key = 'k'.repeat(22);
    const own = rooms.within(room.code);
    const { ticket } = await own.give(fileOf('a.txt', 'a'), { key });
    await uploadIn(room.code, 'b');
    await app.advanceTime(61 * minute);
    expect((await rooms.find(room.code)).state).toBe('closed');
    expect(await codeOf(uploadIn(room.code, 'late'))).toBe('409 room-closed');
    // An answer that was lost is answered again.
    expect((await own.give(fileOf('a.txt', 'a'), { key })).ticket).toBe(ticket);
    expect((await own.draw(ticket))?.name).toBe('b.txt');
    const later = new Date(Date.now() + 3 * 60 * minute).toISOString();
    expect(await rooms.change(room.code, host, { closes_at: later })).toMatchObject({
      state: 'open',
      closes_at: later,
    });
    expect((await uploadIn(room.code, 'in time')).status).toBe(200);
    expect((await rooms.change(room.code, host, { closes_at: 'now' })).state).toBe('closed');
    expect(await codeOf(uploadIn(room.code, 'too late'))).toBe('409 room-closed');
  });

  it('limit what a room holds, and how many rooms there are', async () => {
    const small = await open({ ROOM_MAX_GIFTS: '2', MAX_ROOMS: '2' });
    const own = createRoomClient(small.url);
    const { room } = await own.create({ name: 'Club', mode: 'open' });
    const give = (text: string) => small.upload(`${text}.txt`, text, { 'exchange-room': room.code });
    expect([(await give('a')).status, (await give('b')).status]).toEqual([200, 200]);
    expect(await codeOf(give('c'))).toBe('507 room-full');
    expect((await small.upload('c.txt', 'c')).status).toBe(200);
    await own.create({ name: 'Club 2', mode: 'open' });
    await expect(own.create({ name: 'Club 3', mode: 'open' })).rejects.toMatchObject({ code: 'too-many-rooms' });
  });

  it('may be that there are no rooms', async () => {
    const none = await open({ ROOMS: 'off' });
    const own = createRoomClient(none.url);
    for (const asked of [
      () => own.create({ name: 'Club', mode: 'open' }),
      () => own.find(nowhere),
      () => own.end(nowhere, 'h_x'),
      () => own.within(nowhere).give(fileOf('a', 'a')),
    ])
      await expect(asked()).rejects.toMatchObject({ code: 'rooms-off' });
    expect((await none.client.poolStats()).given_total).toBe(0);
  });
});

describe('the host', () => {
  it('alone changes and ends a room', async () => {
    const { room, host } = await openRoom();
    const { host: other } = await openRoom();
    for (const secret of ['', 'h_x', room.code, other]) {
      await expect(rooms.change(room.code, secret, { closes_at: 'now' })).rejects.toMatchObject({
        code: 'host-needed',
      });
      await expect(rooms.end(room.code, secret)).rejects.toMatchObject({ code: 'host-needed' });
    }
    await expect(rooms.change(nowhere, host, { closes_at: 'now' })).rejects.toMatchObject({ code: 'room-unknown' });
    await expect(rooms.change(room.code, host, { closes_at: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({
      code: 'deadline-past',
    });
    expect((await rooms.find(room.code)).state).toBe('open');
  });

  it('ends a room: what nobody has drawn is deleted, and its givers are told why', async () => {
    const { room, host } = await openRoom();
    const own = rooms.within(room.code);
    const [ada, ben] = [await own.give(fileOf('ada.txt', 'ada')), await own.give(fileOf('ben.txt', 'ben'))];
    const delivery = await own.draw(ada.ticket);
    await uploadIn(room.code, 'free');
    await rooms.end(room.code, host);
    await rooms.end(room.code, host);
    expect(await rooms.find(room.code)).toMatchObject({ state: 'ended', stats: { file_count: 0 } });
    expect(await codeOf(uploadIn(room.code, 'late'))).toBe('409 room-closed');
    expect(await app.client.ticket(ben.ticket)).toMatchObject({ state: 'withdrawn', end_reason: 'room-ended' });
    await expect(app.client.draw(ben.ticket)).rejects.toMatchObject({
      code: 'ticket-withdrawn',
      facts: { reason: 'room-ended' },
    });
    // A delivery that is under way goes on.
    const bytes = delivery && (await (await app.client.fetchDelivery(delivery)).text());
    expect(bytes).toBe('ben');
    await expect(rooms.change(room.code, host, { closes_at: '1d' })).rejects.toMatchObject({ code: 'room-closed' });
    await app.advanceTime(11 * minute);
    expect(await app.blobs()).toEqual([]);
  });

  it('is forgotten with the room, a while after it has closed', async () => {
    const { room, host } = await openRoom();
    await rooms.end(room.code, host);
    const tidy = () => runDueJobs(app.running.context);
    await app.advanceTime(6 * day);
    await tidy();
    expect((await rooms.find(room.code)).state).toBe('ended');
    await app.advanceTime(2 * day);
    await tidy();
    await expect(rooms.find(room.code)).rejects.toMatchObject({ code: 'room-unknown' });
  });

  it('is told from the bearer of a ticket', async () => {
    const { room, host } = await openRoom();
    const { ticket } = await rooms.within(room.code).give(fileOf('a.txt', 'a'));
    await expect(rooms.end(room.code, ticket)).rejects.toMatchObject({ code: 'host-needed' });
    expect(await codeOf(fetch(`${app.url}/api/draws`, { method: 'POST', ...bearer(host) }))).toBe('404 ticket-unknown');
  });
});
