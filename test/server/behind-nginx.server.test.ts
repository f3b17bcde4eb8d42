/** The exchange behind a real nginx: with the documented site, and with the defaults of nginx. */
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { noise } from '../setup/gift-samples.ts';
import { findNginx, type Nginx, plainSite, siteBelowPath, startNginx } from '../setup/nginx.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

/** Draws, reads at least as many bytes, and then no more. */
function readAndStop(url: string, ticket: string, bytes: number): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const read = (answer: http.IncomingMessage) => {
      let count = 0;
      answer
        .on('error', () => undefined)
        .on('data', (chunk) => {
          count += chunk.length;
          if (count >= bytes) resolve(answer.pause());
        });
    };
    http.get(url, { headers: { authorization: `Bearer ${ticket}` } }, read).on('error', reject);
  });
}

const found = await findNginx();
if ('reason' in found) console.warn(`SKIPPED: the exchange behind nginx: ${found.reason}.`);

afterAll(async () => {
  if ('program' in found) await found.remove();
});

describe.skipIf('reason' in found)('behind nginx', () => {
  let app: TestApp;
  let documented: Nginx;
  let plain: Nginx;
  beforeAll(async () => {
    if (!('program' in found)) return;
    app = await openTestApp({ TRUST_PROXY: '127.0.0.1' });
    const exchange = { port: app.port, gifts: join(app.folder, 'vault', 'gifts') };
    documented = await startNginx(found.program, exchange);
    plain = await startNginx(found.program, exchange, plainSite);
  });
  afterAll(async () => {
    await documented?.stop();
    await plain?.stop();
    await app?.close();
  });

  const sites = [
    ['the documented site', () => documented],
    ['the defaults', () => plain],
  ] as const;

  it.each(sites)('a refused upload spoils no other request: %s', async (_name, nginx) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i++) {
      const refused = await fetch(`${nginx().url}/api/exchange?name=a.exe`, {
        method: 'POST',
        body: 'a'.repeat(1_000_000),
      });
      expect(refused.status).toBe(415);
      const status = await new Promise((resolve, reject) => {
        http
          .get(`${nginx().url}/api/pool/stats`, { agent }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject);
      });
      expect(status).toBe(200);
    }
    agent.destroy();
  });

  it.each(sites)('a download that is cut is not delivered: %s', async (_name, nginx) => {
    const { client } = app;
    await app.upload('large.zip', noise(50_000_000));
    const { ticket } = await client.give({ name: 'mine.txt', bytes: new Blob([`mine ${Math.random()}`]) });
    const { activeTransfers } = app.running.context;
    // Early, as the receive buffers of Linux grow with what is read, and all of the rest must not fit into them.
    const slow = await readAndStop(`${nginx().url}/api/download`, ticket, 1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    // Bytes that nginx reads ahead would all be sent by now.
    expect(activeTransfers.size).toBe(1);
    slow.destroy();
    await expect.poll(() => activeTransfers.size).toBe(0);
    expect((await client.ticket(ticket)).state).toBe('drawn');
    const again = await client.draw(ticket);
    await (await fetch(app.url + again?.url)).arrayBuffer();
    await expect.poll(async () => (await client.ticket(ticket)).state).toBe('spent');
    // The pool of the next test holds its own gifts only.
    while ((await fetch(`${app.url}/api/download`)).ok);
  });

  it('the documented site logs no secret and no file name', async () => {
    const { client } = app;
    await app.upload('theirs.txt', 'theirs');
    const { ticket } = await client.give({ name: 'mine.txt', bytes: new Blob(['mine']) });
    const delivery = await client.draw(ticket);
    const paths = [
      `/api/tickets/${ticket}`,
      `/api/tickets/${ticket}/events`,
      delivery?.url ?? '',
      '/api/pool/stats?name=mine.txt',
    ];
    for (const path of paths) {
      const controller = new AbortController();
      await fetch(documented.url + path, { signal: controller.signal });
      controller.abort();
    }
    await expect.poll(() => documented.log()).toContain('/api/tickets/-/events');
    const log = await documented.log();
    expect(log).toContain('"GET /api/pool/stats" 200');
    expect(log).not.toContain(ticket);
    expect(log).not.toContain(delivery?.url);
    expect(log).not.toContain('mine.txt');
  });
});

describe.skipIf('reason' in found)('below a path of nginx', () => {
  let app: TestApp;
  let nginx: Nginx;
  beforeAll(async () => {
    if (!('program' in found)) return;
    app = await openTestApp({ BASE_URL: 'https://example.org/exchange/', TRUST_PROXY: '127.0.0.1' });
    const exchange = { port: app.port, gifts: join(app.folder, 'vault', 'gifts') };
    nginx = await startNginx(found.program, exchange, await siteBelowPath());
  });
  afterAll(async () => {
    await nginx?.stop();
    await app?.close();
  });

  it('everything works at the documented location, and no secret is logged', async () => {
    const client = createClient(`${nginx.url}/exchange`);
    expect((await fetch(`${nginx.url}/exchange`)).url).toBe(`${nginx.url}/exchange/`);
    expect((await fetch(`${nginx.url}/api/pool/stats`)).status).toBe(404);
    await client.upload({ name: 'theirs.txt', bytes: new Blob(['theirs']) });
    const { ticket } = await client.give({ name: 'mine.txt', bytes: new Blob(['mine']) });
    const drawn = await client.draw(ticket);
    const url = drawn?.url ?? '';
    expect(await (await client.fetchDelivery({ url })).text()).toBe('theirs');
    const free = await fetch(`${nginx.url}/exchange/api/download`);
    expect(free.headers.get('content-location')).toMatch(/^\/exchange\/api\/deliveries\//);
    await client.ticket(ticket);
    await expect.poll(() => nginx.log()).toContain('/exchange/api/tickets/-');
    const log = await nginx.log();
    for (const secret of [ticket, url, 'theirs.txt']) expect(log).not.toContain(secret);
  });
});
