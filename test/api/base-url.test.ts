/** The exchange below a path: `BASE_URL`, behind proxies that pass the path on and such that take it away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load-settings.ts';
import { endpoints } from '../../src/contract/api/endpoints.ts';
import type { TicketStatus } from '../../src/contract/api/schemas.ts';
import { createClient } from '../../src/contract/client.ts';
import { readEventsUntil } from '../setup/event-stream.ts';
import { openGraph } from '../setup/open-graph.ts';
import { fileOf, formOf, openTestApp, rawRequest, type TestApp } from '../setup/test-app.ts';

const delivery = /^\/exchange\/api\/deliveries\/d_[\w-]+$/;

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({
    BASE_URL: 'https://example.org/exchange/',
    ORIGIN_CHANGES_PER_MINUTE: '1',
    RATE_LIMIT: 'on',
  });
});
afterAll(() => app.close());

describe.each([
  ['passes the path on', '/exchange'],
  ['takes the path away', ''],
])('a proxy that %s', (_how, prefix) => {
  const ask = (path: string, init?: RequestInit) => fetch(app.url + prefix + path, { redirect: 'manual', ...init });

  it('reaches the page, its files and the documentation', async () => {
    for (const path of ['/', '/?share=here', '/sw.js', '/manifest.webmanifest', '/favicon.svg', '/docs', '/docs/api'])
      expect([path, (await ask(path)).status]).toEqual([path, 200]);
    const script = /src="\.(\/assets\/[^"]+)"/.exec(await (await ask('/')).text())?.[1];
    expect((await ask(script ?? '')).status).toBe(200);
    for (const path of ['/health/ready', '/api/pool/stats']) expect((await ask(path)).status).toBe(200);
  });

  it('gets the page with an absolute picture for links, compressed, and again only if it has changed', async () => {
    const page = await ask('/', { headers: { 'accept-encoding': 'gzip' } });
    expect(page.headers.get('content-encoding')).toBe('gzip');
    const { image, title } = openGraph(await page.text());
    expect([image, title]).toEqual(['https://example.org/exchange/icons/social.png', "Give a file. Get a stranger's."]);
    const picture = await ask(new URL(image ?? '').pathname.replace('/exchange', ''));
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
    const plain = await ask('/', { headers: { 'accept-encoding': 'identity' } });
    expect([plain.headers.get('content-encoding'), openGraph(await plain.text()).image]).toEqual([null, image]);
    const known = { 'if-none-match': String(page.headers.get('etag')) };
    expect((await ask('/', { headers: known })).status).toBe(304);
    expect((await ask('/', { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200);
  });

  it('gets addresses below the path: in JSON, headers, redirects and problems', async () => {
    for (const name of ['a.txt', 'b.txt']) await app.upload(name, name);
    const { ticket } = (await (
      await ask('/api/exchange', {
        method: 'POST',
        body: formOf('c.txt', 'c'),
        headers: { accept: 'application/json' },
      })
    ).json()) as { ticket: string };
    const headers = { authorization: `Bearer ${ticket}` };
    const drawn = (await (await ask('/api/draws', { method: 'POST', headers })).json()) as {
      delivery: { url: string };
    };
    expect(drawn.delivery.url).toMatch(delivery);
    // As a client resolves the address, against that of its request.
    const facts = await fetch(app.url + drawn.delivery.url, { headers: { accept: 'application/json' } });
    expect(await facts.json()).toMatchObject({ delivery: { url: drawn.delivery.url } });
    expect((await fetch(app.url + drawn.delivery.url)).status).toBe(200);

    const navigation = 'host: x\r\nsec-fetch-dest: document\r\nsec-fetch-mode: navigate\r\nconnection: close\r\n';
    const free = await rawRequest(app.port, `GET ${prefix}/api/download HTTP/1.1\r\n${navigation}\r\n`);
    expect(/\r\ncontent-location: (\S+)\r\n/i.exec(free)?.[1]).toMatch(delivery);
    expect(free).toContain('; Path=/exchange/api/download; HttpOnly');
    const shared = await ask('/share', { method: 'POST', body: formOf('d.txt', 'd') });
    expect([shared.status, shared.headers.get('location')]).toEqual([303, '/exchange/?share=missing']);

    expect(await (await ask('/api/nothing')).json()).toMatchObject({ type: '/exchange/docs/problems#not-found' });
    expect(await (await ask('/openapi.json')).json()).toMatchObject({
      servers: [{ url: 'https://example.org/exchange' }],
    });
    expect(await (await ask('/robots.txt')).text()).toBe(
      'User-agent: *\nDisallow: /exchange/api/\nAllow: /exchange/\n',
    );
  });

  it('serves the typed client, events included', async () => {
    const client = createClient(app.url + prefix);
    await app.upload('a.txt', 'a');
    const { ticket } = await client.give(fileOf('b.txt', 'b'));
    const events = await readEventsUntil<TicketStatus>(client.eventsUrl({ ticket }), () => true);
    expect(events[0]?.state).toBe('open');
    const drawn = await client.draw(ticket);
    await (await client.fetchDelivery(drawn as { url: string })).arrayBuffer();
    await client.received(drawn as { url: string });
    expect((await client.ticket(ticket)).state).toBe('spent');
    await expect(client.ticket('t_unknown')).rejects.toMatchObject({ code: 'ticket-unknown' });
  });
});

describe('below a path', () => {
  it('an address without the last slash leads to the page', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await fetch(`${app.url}/exchange`, { method, redirect: 'manual' });
      expect([status, headers.get('location')]).toEqual([308, '/exchange/']);
    }
  });

  it('nothing else is taken for the path', async () => {
    for (const path of ['/exchange2/api/pool/stats', '/Exchange/', '/exchange/exchange/', '/other/exchange/'])
      expect([path, (await fetch(app.url + path)).status]).toEqual([path, 404]);
  });

  it('bytes that are no request get a problem of the path', async () => {
    expect(await rawRequest(app.port, 'no request\r\n\r\n')).toContain('"/exchange/docs/problems#bad-request"');
  });

  it('the page is never foreign, whatever host the proxy names', async () => {
    const give = (origin: string) =>
      fetch(`${app.url}/api/upload`, { method: 'POST', body: formOf('a.txt', 'a'), headers: { origin } });
    for (let i = 0; i < 3; i++) expect((await give('https://example.org')).status).toBe(200);
    const foreign = ['https://example.org:8443', 'http://example.org', 'https://example.org.evil.example'];
    for (const origin of foreign) {
      expect((await give(origin)).status).toBe(200);
      expect((await give(origin)).status).toBe(429);
    }
  });

  it('the path cannot be one of the service itself', () => {
    const tops = new Set(endpoints.map(({ path }) => path.split('/')[1]).filter((top) => /^\w+$/.test(top ?? '')));
    expect(tops.size).toBeGreaterThan(3);
    for (const top of [...tops, 'assets'])
      expect(() => readConfig([], { BASE_URL: `https://example.org/${top}/` }, 'no.env')).toThrow(
        'begins with no path of the service itself',
      );
  });
});
