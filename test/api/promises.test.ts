/**
 * The promises P1 to P8 through the API. P3 has a file of its own (interrupted-deliveries), P6 is tested with the ledger, P9
 * with the memory.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingApps } from '../setup/closing-apps.ts';
import { corruptAtRest } from '../setup/corrupt-bytes.ts';
import { auditOf, noise } from '../setup/gift-samples.ts';
import { fileOf, type TestApp, waitUntil } from '../setup/test-app.ts';

const open = closingApps();

const mebibyte = 1024 * 1024;
const minutes = 60_000;

describe('P1: nothing acknowledged is lost', () => {
  it('finds every acknowledged gift in a copy of the disk at that moment', async () => {
    const app = await open();
    const texts = Array.from({ length: 20 }, (_, i) => `gift ${i}`);
    await Promise.all(texts.map((text, i) => app.upload(`${i}.txt`, text)));
    const copy = await mkdtemp(join(tmpdir(), 'rfx-copy-'));
    await cp(app.folder, copy, { recursive: true, filter: (path) => !path.endsWith('lock.db') });
    const after = await open({}, {}, copy);
    const found = [];
    for (let i = 0; i < texts.length; i++) found.push(await (await fetch(`${after.url}/api/download`)).text());
    expect(found.sort()).toEqual(texts.sort());
    await rm(copy, { recursive: true });
  });

  it('removes bytes only after the ledger has released them', async () => {
    const app = await open({ GRACE: '1m' });
    await app.upload('a.txt', 'a');
    await (await fetch(`${app.url}/api/download`)).text();
    await waitUntil(async () => (await auditOf(app)).gifts.delivered === 1);
    expect(await app.blobs()).toHaveLength(1);
    await app.advanceTime(2 * minutes);
    expect(await app.blobs()).toHaveLength(0);
  });
});

describe('P2: once', () => {
  it('gives 60 gifts to 32 clients, each gift to one of them', async () => {
    const app = await open();
    await Promise.all(Array.from({ length: 60 }, (_, i) => app.upload(`${i}.txt`, `gift ${i}`)));
    const drawer = async (): Promise<string[]> => {
      const answer = await fetch(`${app.url}/api/download`);
      if (answer.status === 404) return [];
      expect(answer.status).toBe(200);
      return [await answer.text(), ...(await drawer())];
    };
    const drawn = (await Promise.all(Array.from({ length: 32 }, drawer))).flat();
    expect(new Set(drawn).size).toBe(60);
    expect(drawn).toHaveLength(60);
    await waitUntil(async () => (await auditOf(app)).gifts.delivered === 60);
  });
});

describe('P4: a ticket is backed', () => {
  it('draws only unowed gifts without a ticket', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'));
    expect((await fetch(`${app.url}/api/download`)).status).toBe(404);
    await app.upload('free.txt', 'free');
    expect((await fetch(`${app.url}/api/download`)).status).toBe(200);
    expect((await fetch(`${app.url}/api/download`)).status).toBe(404);
    expect((await app.client.ticket(ticket)).state).toBe('open');
  });

  it('refuses draws without giving if FREE_DRAWS is off', async () => {
    const app = await open({ FREE_DRAWS: 'off' });
    await app.upload('free.txt', 'free');
    expect((await fetch(`${app.url}/api/download`)).status).toBe(403);
  });
});

describe('P5: never your own', () => {
  it('draws neither the own gift nor the same bytes', async () => {
    const app = await open();
    const first = await app.client.give(fileOf('one.txt', 'one'));
    const second = await app.client.give(fileOf('two.txt', 'two'), { giver: first.giver });
    expect(await app.client.draw(first.ticket)).toBeUndefined();
    expect(await app.client.draw(second.ticket)).toBeUndefined();
    const stranger = await app.client.give(fileOf('copy.txt', 'one'));
    expect((await app.client.draw(stranger.ticket))?.name).toBe('two.txt');
  });

  it('serves waiting tickets before younger ones, the oldest first', async () => {
    const app = await open();
    const mine = await app.client.give(fileOf('1.txt', '1'));
    const younger = await app.client.give(fileOf('2.txt', '2'), { giver: mine.giver });
    expect(await app.client.draw(younger.ticket)).toBeUndefined();
    expect(await app.client.draw(mine.ticket)).toBeUndefined();
    await app.upload('for the oldest.txt', 'x');
    expect((await app.client.ticket(mine.ticket)).state).toBe('ready');
    expect(await app.client.draw(younger.ticket)).toBeUndefined();
    expect((await app.client.draw(mine.ticket))?.name).toBe('for the oldest.txt');
  });

  it("spares the giver's own gifts in a free draw that names the giver", async () => {
    const app = await open();
    const { giver } = await app.client.give(fileOf('1.txt', '1'));
    await app.upload('mine.txt', 'mine', { 'exchange-giver': giver });
    expect((await fetch(`${app.url}/api/download`, { headers: { 'exchange-giver': giver } })).status).toBe(404);
  });
});

describe('P7: delivered bytes are the given bytes', () => {
  const flip = async (app: TestApp, at: number) => {
    const [path = ''] = await app.blobs();
    await corruptAtRest(join(app.folder, 'vault'), basename(path), (bytes) =>
      bytes.with(at, (bytes[at] as number) ^ 1),
    );
  };

  it('quarantines a gift that is damaged before its first byte, and draws another', async () => {
    const app = await open();
    await app.upload('damaged.txt', 'damaged');
    await flip(app, 0);
    await app.upload('sound.txt', 'sound');
    expect(await (await fetch(`${app.url}/api/download`)).text()).toBe('sound');
    expect((await fetch(`${app.url}/api/download`)).status).toBe(404);
    expect((await auditOf(app)).gifts).toMatchObject({ quarantined: 1 });
  });

  it('aborts the response at later damage, and the ticket stays good', async () => {
    const app = await open();
    const size = 3 * mebibyte;
    await app.upload('big.zip', noise(size));
    await flip(app, 2 * mebibyte);
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    const answer = await app.client.fetchDelivery(delivery);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'open');
    await expect(app.client.fetchDelivery(delivery)).rejects.toMatchObject({
      code: 'gift-damaged',
    });
    expect((await auditOf(app)).gifts).toMatchObject({ quarantined: 1 });
  });

  it('checks ranges as well', async () => {
    const app = await open();
    await app.upload('big.zip', noise(mebibyte));
    await flip(app, mebibyte - 1);
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    await expect(app.client.fetchDelivery(delivery, { from: mebibyte - 5 })).rejects.toMatchObject({
      code: 'gift-damaged',
    });
  });
});

describe("P8: another giver's file stays inert", () => {
  it.each(['page.html', 'picture.svg', 'script.js', 'data.xml'])(
    '%s leaves as an attachment without a type to run',
    async (name) => {
      const app = await open();
      await app.upload(name, '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
      const answer = await fetch(`${app.url}/api/download`);
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename=${name}`,
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'cross-origin',
        'x-robots-tag': 'noindex, nofollow',
      });
    },
  );
});
