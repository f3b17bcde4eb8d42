/** `kill -9` in the middle of gives and draws (P1–P4, R3): after a restart nothing is lost and nothing doubled. */
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Client, createClient } from '../src/contract/client.ts';
import { paths } from '../src/contract/paths.ts';
import { reconcile, settlingTime } from '../src/exchange/sweep.ts';
import { fileOf, openDoor } from './setup/door.ts';
import { type History, judge, newHistory } from './setup/history.ts';
import { startService } from './setup/service.ts';

const clients = 12;
const operations = 240;
const kills = 4;
/** In milliseconds; what a dead client left open comes back after this. */
const lease = 1500;
const day = 24 * 60 * 60 * 1000;

interface World {
  readonly client: Client;
  readonly url: string;
  readonly history: History;
  /** Tickets that were handed out and not yet used up. */
  readonly tickets: Set<string>;
  done: number;
}

const newContent = () => `${randomBytes(12).toString('hex')}${'.'.repeat(randomInt(0, 200_000))}`;
const textFile = (content: string) => fileOf(`${content.slice(0, 6)}.txt`, content);

/** Gives for a ticket, and draws with it at once or later. */
async function exchange(world: World): Promise<void> {
  const content = newContent();
  world.history.given.set(content, false);
  const { ticket } = await world.client.give(textFile(content));
  world.history.given.set(content, true);
  world.tickets.add(ticket);
  if (randomInt(3) > 0) await drawWith(world, ticket);
}

async function upload(world: World): Promise<void> {
  const content = newContent();
  world.history.given.set(content, false);
  await world.client.upload(textFile(content));
  world.history.given.set(content, true);
}

async function drawWith(world: World, ticket: string): Promise<boolean> {
  const delivery = await world.client.draw(ticket);
  if (!delivery) return false;
  await receive(world, delivery.url, await world.client.fetchDelivery(delivery));
  world.tickets.delete(ticket);
  return true;
}

async function drawFree(world: World): Promise<boolean> {
  const answer = await fetch(world.url + paths.download);
  if (!answer.ok) return false;
  const url = answer.headers.get('content-location') ?? '';
  await receive(world, url, answer).catch(async () => {
    // Cut in the middle: whoever drew it resumes where the answer said, once the service is back.
    await new Promise((resolve) => setTimeout(resolve, lease));
    await receive(world, url, await world.client.fetchDelivery({ url }));
  });
  return true;
}

/** An arrival counts for good only once the service has said so. */
async function receive({ client, history }: World, url: string, answer: Response): Promise<void> {
  const content = await answer.text();
  const confirmed = await client.received({ url }).then(
    () => true,
    () => false,
  );
  history.received.push({ content, acknowledged: confirmed });
}

const acts = [exchange, exchange, upload, drawFree, drawFree];

/** One client, until enough is done; an operation that a kill breaks is over, but does not count. */
async function work(world: World): Promise<void> {
  while (world.done < operations) {
    const act = acts[randomInt(acts.length)] as (world: World) => Promise<unknown>;
    await act(world).then(
      () => world.done++,
      () => new Promise((resolve) => setTimeout(resolve, 20)),
    );
  }
}

/** Uses every ticket, then takes all that is free; answers the tickets that got nothing. */
async function drain(world: World): Promise<string[]> {
  for (let round = 0; round < 20 && world.tickets.size > 0; round++) {
    for (const ticket of world.tickets) {
      await drawWith(world, ticket).catch((error: { code?: string }) => {
        if (error.code !== 'ticket-spent') throw error;
        world.tickets.delete(ticket);
      });
    }
    if (world.tickets.size > 0) await new Promise((resolve) => setTimeout(resolve, lease / 3));
  }
  while (await drawFree(world));
  return [...world.tickets];
}

/**
 * Tickets whose answer a kill swallowed are nobody's, but each is still owed a gift until its time is over. Takes those
 * gifts too, then holds ledger and vault against their rules and against each other.
 */
async function takeTheRest(world: World, dataDir: string): Promise<void> {
  const door = await openDoor({ GIFT_TTL: '365d' }, {}, dataDir);
  const { ledger, vault } = door.program.context;
  await door.pass(31 * day);
  while (await drawFree({ ...world, client: door.client, url: door.url }));
  await door.pass(settlingTime);
  await reconcile({ ...door.program.context, now: () => Date.now() + 40 * day });
  for await (const { shard, keys } of vault.shards()) {
    expect([...keys.keys()].sort()).toEqual([...(await ledger.keysOfShard(shard)).keys()].sort());
  }
  expect(await ledger.audit()).toMatchObject({ faults: [] });
  expect(await door.client.poolStats()).toMatchObject({ file_count: 0 });
  await door.close();
}

describe('kill -9', () => {
  it(`${kills} times in the middle of ${operations} gives and draws loses nothing and doubles nothing`, async () => {
    const service = await startService({
      LEASE: `${lease}ms`,
      HOLD: `${lease}ms`,
      GRACE: '1h',
      RATE_LIMIT: 'off',
    });
    const world: World = {
      client: createClient(service.url),
      url: service.url,
      history: newHistory(),
      tickets: new Set(),
      done: 0,
    };
    const working = Promise.all(Array.from({ length: clients }, () => work(world)));
    for (let kill = 1; kill <= kills; kill++) {
      while (world.done < (operations * kill) / (kills + 1))
        await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, randomInt(20)));
      await service.restart();
    }
    await working;
    await new Promise((resolve) => setTimeout(resolve, 2 * lease));
    const before = world.history.received.length;
    expect(before).toBeGreaterThan(operations / 10);
    expect(await drain(world)).toEqual([]);
    service.kill('SIGTERM');
    await service.ended();
    await takeTheRest(world, service.dataDir);
    const left = world.history.received.splice(before).map(({ content }) => content);
    expect(judge(world.history, left)).toEqual({ lost: [], double: [], corrupt: [] });
    await service.stop();
  });
});
