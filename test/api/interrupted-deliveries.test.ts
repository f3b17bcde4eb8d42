/** P3: a delivery spends its ticket only if all of it arrives; an interrupted one can be resumed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Vault } from '../../src/vault/vault.ts';
import { receive } from '../clients/receive.ts';
import { closingApps } from '../setup/closing-apps.ts';
import { auditOf, noise } from '../setup/gift-samples.ts';
import { abortDownload, fileOf, type TestApp, waitUntil } from '../setup/test-app.ts';

const open = closingApps();

/** Longer than the service needs to see a reset, in milliseconds. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 400));
const mebibyte = 1024 * 1024;
const minutes = 60_000;
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
const delivered = async (app: TestApp) => (await auditOf(app)).gifts.delivered ?? 0;

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
    await waitUntil(async () => ((await auditOf(app)).gifts.leased ?? 0) + (await delivered(app)) === 20);
    await settled();
    expect((await auditOf(app)).gifts).toEqual({ leased: 20 });
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
    expect(await auditOf(app)).toMatchObject({ gifts: { pooled: 2 }, tickets: { open: 1 } });
    expect((await app.client.draw(ticket))?.name).toBe('big.zip');
  });

  it('reopens a small file after a reset right behind its last byte', async () => {
    const app = await open();
    await app.upload('small.txt', 'small');
    const answer = await abortDownload(app.port, '/api/download', 1);
    await settled();
    expect((await auditOf(app)).gifts).toEqual({ leased: 1 });
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
    expect((await auditOf(app)).gifts).toEqual({ leased: 1 });
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
    expect((await auditOf(app)).gifts).toEqual({ delivered: 1, leased: 1 });
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
    const urls = await Promise.all(Array.from({ length: 5 }, async () => (await app.client.draw(ticket))?.url));
    expect(new Set(urls).size).toBe(1);
    expect((await auditOf(app)).gifts.leased).toBe(1);
  });

  it('ends the lease and spends the ticket after an acknowledgement', async () => {
    const app = await open();
    await app.upload('a.txt', 'a');
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    await receive(() => app.client, delivery);
    await app.client.received(delivery);
    await app.advanceTime(1);
    await expect(app.client.draw(ticket)).rejects.toMatchObject({ code: 'ticket-spent' });
    await expect(app.client.fetchDelivery(delivery)).rejects.toMatchObject({
      code: 'delivery-over',
    });
  });
});
