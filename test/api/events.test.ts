/** The two event streams, parsed as a browser parses them. */
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PoolStats, TicketStatus } from '../../src/contract/api/schemas.ts';
import { readEventsUntil } from '../setup/event-stream.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await openTestApp();
});
afterEach(() => app.close());

describe('event streams', () => {
  it('send the statistics at once and after each change', async () => {
    const seen = await readEventsUntil<PoolStats>(
      app.client.eventsUrl('pool'),
      ({ file_count }) => file_count === 1,
      () => app.upload('a.txt', 'a'),
    );
    expect(seen[0]?.file_count).toBe(0);
    expect(seen.at(-1)).toMatchObject({ file_count: 1, total_size: 1024 });
    await (await fetch(`${app.url}/api/download`)).text();
  });

  it('tell a waiting ticket that its file is ready', async () => {
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    expect(await app.client.draw(ticket)).toBeUndefined();
    const seen = await readEventsUntil<TicketStatus>(
      app.client.eventsUrl({ ticket }),
      ({ state }) => state === 'ready',
      () => app.upload('theirs.txt', 'theirs'),
    );
    expect(seen.map(({ state }) => state)).toEqual(['waiting', 'ready']);
    expect((await app.client.draw(ticket))?.name).toBe('theirs.txt');
  });

  it('tell a giver that the gift has arrived', async () => {
    const { ticket } = await app.client.give(fileOf('to land.txt', 'to land'));
    const other = await app.client.give(fileOf('other.txt', 'other'));
    const seen = await readEventsUntil<TicketStatus>(
      app.client.eventsUrl({ ticket }),
      ({ gift }) => gift.fate === 'landed',
      async () => {
        const delivery = await app.client.draw(other.ticket);
        if (delivery) await (await app.client.fetchDelivery(delivery)).arrayBuffer();
      },
    );
    expect(seen.at(-1)?.gift.fate).toBe('landed');
  });

  it("tell a giver the receiver's thanks", async () => {
    const { ticket } = await app.client.give(fileOf('dear.txt', 'dear'));
    const other = await app.client.give(fileOf('other.txt', 'other'));
    const delivery = await app.client.draw(other.ticket);
    const seen = await readEventsUntil<TicketStatus>(
      app.client.eventsUrl({ ticket }),
      ({ gift }) => gift.thanks !== undefined,
      async () => delivery && app.client.thank(delivery, '🌈'),
    );
    expect(seen.map(({ gift }) => gift.thanks)).toEqual([undefined, '🌈']);
  });

  it('show the current hours after the hour turned without any event', async () => {
    await app.upload('a.txt', 'a');
    const shown = async () => {
      const [stats] = await readEventsUntil<PoolStats>(app.client.eventsUrl('pool'), () => true);
      return stats?.hours ?? [];
    };
    const before = await shown();
    expect(before).toHaveLength(24);
    expect(before.at(-1)).toMatchObject({ given: 1, delivered: 0 });
    await app.advanceTime(60 * 60 * 1000);
    const after = await shown();
    expect(after).toHaveLength(24);
    expect(after.slice(0, -1)).toEqual(before.slice(1));
    expect(after.at(-1)).toMatchObject({ given: 0, delivered: 0 });
  });

  it('end when the service closes', async () => {
    const other = await openTestApp();
    const answer = await fetch(other.client.eventsUrl('pool'));
    const [text] = await Promise.all([answer.text(), other.running.close()]);
    expect(text).toContain('retry:');
    await rm(other.folder, { recursive: true });
  });
});
