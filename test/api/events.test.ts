/** The two event streams, read as a browser reads them. */
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PoolStats, TicketStatus } from '../../src/contract/api/schemas.ts';
import { follow } from '../setup/event-stream.ts';
import { fileOf, type OpenDoor, openDoor } from '../setup/test-app.ts';

let door: OpenDoor;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

describe('event streams', () => {
  it('tell statistics at once and at each change', async () => {
    const seen = await follow<PoolStats>(
      door.client.eventsUrl('pool'),
      ({ file_count }) => file_count === 1,
      () => door.upload('a.txt', 'a'),
    );
    expect(seen[0]?.file_count).toBe(0);
    expect(seen.at(-1)).toMatchObject({ file_count: 1, total_size: 1 });
    await (await fetch(`${door.url}/api/download`)).text();
  });

  it('tell a waiting ticket that its file is ready', async () => {
    const { ticket } = await door.client.give(fileOf('mine.txt', 'mine'));
    expect(await door.client.draw(ticket)).toBeUndefined();
    const seen = await follow<TicketStatus>(
      door.client.eventsUrl({ ticket }),
      ({ state }) => state === 'ready',
      () => door.upload('theirs.txt', 'theirs'),
    );
    expect(seen.map(({ state }) => state)).toEqual(['waiting', 'ready']);
    expect((await door.client.draw(ticket))?.name).toBe('theirs.txt');
  });

  it('tell a giver that the gift has landed', async () => {
    const { ticket } = await door.client.give(fileOf('to land.txt', 'to land'));
    const other = await door.client.give(fileOf('other.txt', 'other'));
    const seen = await follow<TicketStatus>(
      door.client.eventsUrl({ ticket }),
      ({ gift }) => gift.fate === 'landed',
      async () => {
        const delivery = await door.client.draw(other.ticket);
        if (delivery) await (await door.client.fetchDelivery(delivery)).arrayBuffer();
      },
    );
    expect(seen.at(-1)?.gift.fate).toBe('landed');
  });

  it('tell a giver what the receiver said', async () => {
    const { ticket } = await door.client.give(fileOf('dear.txt', 'dear'));
    const other = await door.client.give(fileOf('other.txt', 'other'));
    const delivery = await door.client.draw(other.ticket);
    const seen = await follow<TicketStatus>(
      door.client.eventsUrl({ ticket }),
      ({ gift }) => gift.thanks !== undefined,
      async () => delivery && door.client.thank(delivery, '🌈'),
    );
    expect(seen.map(({ gift }) => gift.thanks)).toEqual([undefined, '🌈']);
  });

  it('show the right hours when an hour has turned and nothing happened', async () => {
    await door.upload('a.txt', 'a');
    const shown = async () => {
      const [stats] = await follow<PoolStats>(door.client.eventsUrl('pool'), () => true);
      return stats?.hours ?? [];
    };
    const before = await shown();
    expect(before).toHaveLength(24);
    expect(before.at(-1)).toMatchObject({ given: 1, delivered: 0 });
    await door.pass(60 * 60 * 1000);
    const after = await shown();
    expect(after).toHaveLength(24);
    expect(after.slice(0, -1)).toEqual(before.slice(1));
    expect(after.at(-1)).toMatchObject({ given: 0, delivered: 0 });
  });

  it('end when the service closes', async () => {
    const other = await openDoor();
    const answer = await fetch(other.client.eventsUrl('pool'));
    const [text] = await Promise.all([answer.text(), other.program.close()]);
    expect(text).toContain('retry:');
    await rm(other.folder, { recursive: true });
  });
});
