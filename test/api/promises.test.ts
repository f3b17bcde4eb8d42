/** The promises P1 to P8 through the API. P6 is tested with the ledger, P9 where memory is measured. */
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Vault } from '../../src/vault/vault.ts';
import { corruptAtRest } from '../setup/corrupt-bytes.ts';
import {
  abortDownload,
  fileOf,
  formOf,
  openTestApp,
  type TestApp,
  waitUntil,
} from '../setup/test-app.ts';

const apps: TestApp[] = [];
const open = async (...args: Parameters<typeof openTestApp>) => {
  const app = await openTestApp(...args);
  apps.push(app);
  return app;
};
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/** Longer than the service needs to see a reset, in milliseconds. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 400));
const mebibyte = 1024 * 1024;
const minutes = 60_000;
const noise = (size: number) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7919 + (i >> 8)) & 255));
/** The vault on a disk that closes files slowly. */
const lettingGoSlowly = (vault: Vault): Vault => ({
  ...vault,
  read: (...asked) => {
    const blocks = vault.read(...asked)[Symbol.asyncIterator]();
    const leave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { done: true, value: undefined } as const;
    };
    return { [Symbol.asyncIterator]: () => ({ next: () => blocks.next(), return: leave }) };
  },
});
const delivered = async (app: TestApp) => (await audit(app)).gifts.delivered ?? 0;
const audit = async (app: TestApp) => {
  const found = await app.running.context.ledger.audit();
  expect(found.faults).toEqual([]);
  return found;
};

describe('P1: nothing acknowledged is lost', () => {
  it('finds every acknowledged gift in a copy of the disk at that moment', async () => {
    const app = await open();
    const texts = Array.from({ length: 20 }, (_, i) => `gift ${i}`);
    await Promise.all(texts.map((text, i) => app.upload(`${i}.txt`, text)));
    const copy = await mkdtemp(join(tmpdir(), 'rfx-copy-'));
    await cp(app.folder, copy, { recursive: true, filter: (path) => !path.endsWith('lock.db') });
    const after = await open({}, {}, copy);
    const found = [];
    for (let i = 0; i < texts.length; i++)
      found.push(await (await fetch(`${after.url}/api/download`)).text());
    expect(found.sort()).toEqual(texts.sort());
    await rm(copy, { recursive: true });
  });

  it('removes bytes only after the ledger has released them', async () => {
    const app = await open({ GRACE: '1m' });
    await app.upload('a.txt', 'a');
    await (await fetch(`${app.url}/api/download`)).text();
    await waitUntil(async () => (await audit(app)).gifts.delivered === 1);
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
    await waitUntil(async () => (await audit(app)).gifts.delivered === 60);
  });
});

describe('P3: both or neither', () => {
  const size = 5 * mebibyte;

  it('takes nothing for received if the client hangs up before the response, even one from memory', async () => {
    const app = await open();
    await Promise.all(Array.from({ length: 20 }, (_, n) => app.upload(`${n}.txt`, `gift ${n}`)));
    for (let n = 0; n < 20; n++) {
      const socket = connect(app.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('GET /api/download HTTP/1.1\r\nhost: x\r\n\r\n');
      socket.destroySoon();
      await once(socket, 'close');
    }
    await waitUntil(
      async () => ((await audit(app)).gifts.leased ?? 0) + (await delivered(app)) === 20,
    );
    await settled();
    expect((await audit(app)).gifts).toEqual({ leased: 20 });
  });

  it.each([
    ['nothing', 0],
    ['one byte', 1],
    ['half', size / 2],
    ['all but one byte', size - 1],
  ])('loses neither gift nor ticket of a download that is cut after %s', async (_what, bytes) => {
    const app = await open({ LEASE: '10m' });
    await app.upload('big.zip', noise(size));
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    await abortDownload(app.port, '/api/download', bytes, `authorization: Bearer ${ticket}\r\n`);
    await settled();
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'drawn');
    await app.advanceTime(11 * minutes);
    expect(await audit(app)).toMatchObject({ gifts: { pooled: 2 }, tickets: { open: 1 } });
    expect((await app.client.draw(ticket))?.name).toBe('big.zip');
  });

  it('reopens a small file after a reset right behind its last byte', async () => {
    const app = await open();
    await app.upload('small.txt', 'small');
    const answer = await abortDownload(app.port, '/api/download', 1);
    await settled();
    expect((await audit(app)).gifts).toEqual({ leased: 1 });
    const location = /content-location: (\S+)/.exec(answer)?.[1];
    expect(await (await fetch(app.url + location)).text()).toBe('small');
  });

  it('reopens it also if the vault is still closing it', async () => {
    const app = await open();
    await app.upload('small.txt', 'small');
    const { context } = app.running;
    Object.assign(context, { vault: lettingGoSlowly(context.vault) });
    await abortDownload(app.port, '/api/download', 1);
    await settled();
    expect((await audit(app)).gifts).toEqual({ leased: 1 });
  });

  it('keeps it received if a later response on the connection is aborted', async () => {
    const app = await open();
    await app.upload('small.txt', 'small');
    const socket = connect(app.port, '127.0.0.1').setEncoding('latin1');
    socket.write('GET /api/download HTTP/1.1\r\nhost: x\r\n\r\n');
    let answer = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      answer += chunk;
      if (answer.endsWith('\r\n\r\nsmall')) break;
    }
    await app.upload('big.zip', noise(20 * mebibyte));
    socket.write('GET /api/download HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'readable');
    socket.resetAndDestroy();
    await settled();
    expect((await audit(app)).gifts).toEqual({ delivered: 1, leased: 1 });
  });

  it('counts the bytes that a dead connection carried when its receiver resumes', async () => {
    const app = await open();
    const big = 20 * mebibyte;
    await app.upload('big.zip', noise(big));
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    const stalled = connect(app.port, '127.0.0.1');
    stalled.write(`GET ${delivery.url} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(stalled, 'readable');
    await (await app.client.fetchDelivery(delivery, { from: 1000 })).arrayBuffer();
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'spent');
    stalled.destroy();
  });

  it('resumes at any byte, and is final after the last one', async () => {
    const app = await open();
    const bytes = noise(size);
    await app.upload('big.zip', bytes);
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    await abortDownload(app.port, delivery.url, size / 2);
    const rest = await app.client.fetchDelivery(delivery, { from: size / 2 });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes ${size / 2}-${size - 1}/${size}`);
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(size / 2))).toBe(true);
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'spent');
  });

  it('takes a part alone for no arrival', async () => {
    const app = await open();
    await app.upload('big.zip', noise(size));
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    await (await app.client.fetchDelivery(delivery, { from: size - 10 })).arrayBuffer();
    expect((await app.client.ticket(ticket)).state).toBe('drawn');
  });

  it('returns the same delivery for the same ticket', async () => {
    const app = await open();
    await Promise.all(Array.from({ length: 9 }, (_, i) => app.upload(`${i}.txt`, `${i}`)));
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const urls = await Promise.all(
      Array.from({ length: 5 }, async () => (await app.client.draw(ticket))?.url),
    );
    expect(new Set(urls).size).toBe(1);
    expect((await audit(app)).gifts.leased).toBe(1);
  });

  it('ends the lease and spends the ticket after an acknowledgement', async () => {
    const app = await open();
    await app.upload('a.txt', 'a');
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    await app.client.received(delivery);
    await app.client.received(delivery);
    await app.advanceTime(1);
    await expect(app.client.draw(ticket)).rejects.toMatchObject({ code: 'ticket-spent' });
    await expect(app.client.fetchDelivery(delivery)).rejects.toMatchObject({
      code: 'delivery-over',
    });
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

  it('serves every honest ticket during the Rando attack: copies earn no more than they give', async () => {
    const app = await open();
    const honest = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        app.client.give(fileOf(`honest ${i}.txt`, `honest ${i}`)),
      ),
    );
    const loot: string[] = [];
    for (let i = 0; i < 60; i++) {
      await app.upload(`copy ${i}.txt`, `copy ${i % 3}`);
      const answer = await fetch(`${app.url}/api/download`);
      if (answer.ok) loot.push(await answer.text());
    }
    expect(loot.length).toBeLessThanOrEqual(60);
    const served = await Promise.all(honest.map(({ ticket }) => app.client.draw(ticket)));
    expect(served.every((delivery) => delivery !== undefined)).toBe(true);
    await audit(app);
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
    expect(
      (await fetch(`${app.url}/api/download`, { headers: { 'exchange-giver': giver } })).status,
    ).toBe(404);
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
    expect((await audit(app)).gifts).toMatchObject({ quarantined: 1 });
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
    expect((await audit(app)).gifts).toMatchObject({ quarantined: 1 });
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

describe('exchange in one request', () => {
  it('returns a file with its ticket and the address to resume', async () => {
    const app = await open();
    await app.upload('theirs.txt', 'theirs');
    const answer = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body: formOf('mine.txt', 'mine'),
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('theirs');
    expect(answer.headers.get('exchange-ticket')).toMatch(/^t_/);
    expect(answer.headers.get('exchange-giver')).toMatch(/^g_/);
    const again = await fetch(app.url + answer.headers.get('content-location'));
    expect(await again.text()).toBe('theirs');
  });

  it('returns 202 and a waiting ticket if there is no other gift', async () => {
    const app = await open();
    const answer = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body: formOf('mine.txt', 'mine'),
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename=ticket-[0-9a-f]{8}\.json$/,
    );
    const { ticket } = (await answer.json()) as { ticket: string };
    expect((await app.client.ticket(ticket)).state).toBe('waiting');
  });

  it('accepts a raw body with a name', async () => {
    const app = await open();
    const answer = await fetch(`${app.url}/api/exchange?name=r%C3%A9sum%C3%A9.txt`, {
      method: 'POST',
      body: 'raw',
      headers: { accept: 'application/json' },
    });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ gift: { name: 'résumé.txt', size: 3 } });
    const header = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body: 'raw too',
      headers: {
        accept: 'application/json',
        'content-disposition': "attachment; filename*=UTF-8''na%C3%AFve.md",
      },
    });
    expect(await header.json()).toMatchObject({ gift: { name: 'naïve.md' } });
  });

  it('withdraws a gift only until it is drawn', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'));
    await app.client.withdraw(ticket);
    expect(await app.client.ticket(ticket)).toMatchObject({
      state: 'withdrawn',
      gift: { fate: 'withdrawn' },
    });
    await expect(app.client.draw(ticket)).rejects.toMatchObject({ code: 'ticket-withdrawn' });
    expect(await app.client.poolStats()).toMatchObject({ file_count: 0, free_count: 0 });

    const mine = await app.client.give(fileOf('b.txt', 'b'));
    const theirs = await app.client.give(fileOf('c.txt', 'c'));
    await app.client.draw(theirs.ticket);
    await expect(app.client.withdraw(mine.ticket)).rejects.toMatchObject({ code: 'gift-drawn' });
    await expect(app.client.withdraw(theirs.ticket)).rejects.toMatchObject({ code: 'draw-made' });
  });

  it('holds a draw with Prefer: wait open until there is a gift', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const drawn = app.client.draw(ticket, { wait: 30 });
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'waiting');
    await app.upload('theirs.txt', 'theirs');
    expect((await drawn)?.name).toBe('theirs.txt');
  });
});
