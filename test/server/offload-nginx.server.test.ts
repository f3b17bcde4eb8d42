/** Deliveries offloaded to nginx, which reads the files of the vault. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, bytesOf, drawGift, noise, sha256 } from '../setup/gift-samples.ts';
import { findNginx, type Nginx, startNginx } from '../setup/nginx.ts';
import { formOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const minute = 60_000;
const nginxFound = await findNginx();
if ('reason' in nginxFound) console.warn(`SKIPPED: deliveries by nginx: ${nginxFound.reason}.`);

let app: TestApp;
const audit = () => auditOf(app);
const drawn = (name: string, bytes: string | Uint8Array) => drawGift(app, name, bytes);
const stateOf = async (ticket: string) => (await app.client.ticket(ticket)).state;

describe.skipIf('reason' in nginxFound)('DELIVERY=x-accel', () => {
  /** A gift with a file of its own, for nginx. */
  const large = (text: string) => text.padEnd(70_000);
  let nginx: Nginx;
  let proxied: TestApp;
  beforeAll(async () => {
    if (!('program' in nginxFound)) return;
    app = await openTestApp({ DELIVERY: 'x-accel', TRUST_PROXY: '127.0.0.1' });
    proxied = await openTestApp();
    const gifts = join(app.folder, 'vault', 'gifts');
    nginx = await startNginx(nginxFound.program, { port: app.port, gifts });
  });
  afterAll(async () => {
    await nginx?.stop();
    if ('program' in nginxFound) await nginxFound.remove();
    await app?.close();
    await proxied?.close();
  });
  afterEach(async () => {
    while ((await fetch(`${app.url}/api/download`)).ok);
  });

  it('lets nginx send the file, with all headers of the exchange', async () => {
    const bytes = noise(300_000);
    await Promise.all([app, proxied].map((at) => at.upload('Ünï “çødé” 猫.zip', bytes)));
    const through = await fetch(`${nginx.url}/api/download`);
    expect(sha256(await bytesOf(through))).toBe(sha256(bytes));
    const ours = await fetch(`${proxied.url}/api/download`);
    await ours.arrayBuffer();
    const said = (answer: Response) => {
      const all: Record<string, string> = Object.fromEntries(answer.headers);
      for (const name of ['date', 'etag', 'connection', 'keep-alive', 'x-accel-buffering']) delete all[name];
      return {
        ...all,
        'content-location': all['content-location']?.replace(/[^/]+$/, ''),
        // Two deliveries end at different times, and their ASCII names differ.
        'exchange-expires': typeof all['exchange-expires'],
        'content-disposition': all['content-disposition']?.replace(/-[0-9a-f]{8}(?=\.zip)/, ''),
      };
    };
    expect(said(through)).toMatchObject(said(ours));
    expect(through.headers.has('x-accel-redirect')).toBe(false);
  });

  it('sends ranges, and again while the lease lasts', async () => {
    const bytes = noise(300_000);
    const { ticket, delivery } = await drawn('big.zip', bytes);
    const range = 'bytes=1000-250000';
    const part = await fetch(nginx.url + delivery.url, { headers: { range } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1000-250000/300000']);
    expect((await bytesOf(part)).equals(bytes.subarray(1000, 250_001))).toBe(true);
    const etag = part.headers.get('etag') ?? '';
    const rest = await fetch(nginx.url + delivery.url, {
      headers: { range: 'bytes=250001-', 'if-range': etag },
    });
    expect(rest.status).toBe(206);
    expect((await bytesOf(rest)).equals(bytes.subarray(250_001))).toBe(true);
    expect(await stateOf(ticket)).toBe('drawn');
    const head = await fetch(nginx.url + delivery.url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('300000');
    await app.client.received(delivery);
    expect(await stateOf(ticket)).toBe('spent');
  });

  it('is final when the lease ends, and then the bytes are removed', async () => {
    const known = new Set(await app.blobs());
    const { ticket, delivery } = await drawn('a.txt', large('a'));
    const kept = async () => (await app.blobs()).filter((path) => !known.has(path)).length;
    expect(await (await fetch(nginx.url + delivery.url)).text()).toBe(large('a'));
    await app.advanceTime(11 * minute);
    expect(await stateOf(ticket)).toBe('spent');
    expect(await kept()).toBe(2);
    await app.advanceTime(11 * minute);
    expect(await kept()).toBe(1);
    expect((await fetch(nginx.url + delivery.url)).status).toBe(410);
    await audit();
  });

  it('exchanges in one request, and protects the vault', async () => {
    await app.upload('theirs.txt', large('theirs'));
    const answer = await fetch(`${nginx.url}/api/exchange`, {
      method: 'POST',
      body: formOf('mine.txt', large('mine')),
    });
    expect([answer.status, await answer.text()]).toEqual([200, large('theirs')]);
    expect(await stateOf(answer.headers.get('exchange-ticket') ?? '')).toBe('drawn');
    const [path = ''] = await app.blobs();
    const inside = `/vault-internal/${path.split('/').slice(-2).join('/')}`;
    const { status } = await fetch(nginx.url + inside);
    expect(status).toBe(404);
  });

  it('serves a script through nginx, too', async () => {
    const { ticket, delivery } = await drawn('a.txt', large('a'));
    const headers = { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' };
    expect(await (await fetch(nginx.url + delivery.url, { headers })).text()).toBe(large('a'));
    expect(await stateOf(ticket)).toBe('drawn');
  });

  it('streams the bytes to a client that bypasses nginx', async () => {
    const { ticket, delivery } = await drawn('a.txt', large('a'));
    const answer = await fetch(app.url + delivery.url);
    expect(answer.headers.has('x-accel-redirect')).toBe(false);
    expect(await answer.text()).toBe(large('a'));
    await expect.poll(() => stateOf(ticket)).toBe('spent');
  });

  it('draws another gift if the first block is damaged or the file missing', async () => {
    const sound = new Set(await app.blobs());
    await app.upload('damaged.txt', large('damaged'));
    await app.upload('gone.txt', large('gone!'));
    for (const path of (await app.blobs()).filter((path) => !sound.has(path))) {
      if ((await readFile(path, 'utf8')) === large('gone!')) await rm(path);
      else await writeFile(path, large('Damaged'));
    }
    await app.upload('sound.txt', large('sound'));
    expect(await (await fetch(`${nginx.url}/api/download`)).text()).toBe(large('sound'));
    expect((await fetch(`${nginx.url}/api/download`)).status).toBe(404);
    expect(await audit()).toMatchObject({ gifts: { quarantined: 2 } });
  });

  it('passes events at once, and accepts a large gift', async () => {
    const events = await fetch(`${nginx.url}/api/pool/events`);
    const reader = events.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain('retry');
    await reader?.cancel();
    const gift = noise(5 * 1024 * 1024);
    const body = formOf('big.zip', gift);
    expect((await fetch(`${nginx.url}/api/upload`, { method: 'POST', body })).status).toBe(200);
    expect(sha256(await bytesOf(await fetch(`${nginx.url}/api/download`)))).toBe(sha256(gift));
  });
});
