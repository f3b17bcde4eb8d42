/** Limits per client, network and foreign page, and what one client can take from the others (R16–R18). */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formOf, openTestApp, rawRequest, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
let log: string;
const open = async (settings: Record<string, string> = {}) => {
  log = '';
  const write = (line: string) => {
    log += line;
  };
  app = await openTestApp({ RATE_LIMIT: 'on', LOG_LEVEL: 'warn', ...settings }, { log: { write } });
};
let sockets: Socket[];
beforeEach(() => {
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await app.close();
});

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;

/** Sends a request from a loopback address, and answers the first line of the response; the connection stays open. */
async function statusOf(request: string, localAddress = '127.0.0.1', isSlow = false): Promise<string> {
  const socket = connect({ port: app.port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  sockets.push(socket);
  socket.write(request);
  // So that a large response stays under way.
  if (isSlow) socket.once('data', () => socket.pause());
  const [chunk] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
  return /^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1] ?? 'closed';
}

const times = <T>(count: number, act: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => act(i)));

describe('at a time, a client may have', () => {
  it('32 event streams, while another client opens its own', async () => {
    await open();
    const stream = get('/api/pool/events');
    expect(new Set(await times(32, () => statusOf(stream)))).toEqual(new Set(['200']));
    expect(await statusOf(stream)).toBe('429');
    expect(await statusOf(stream, '127.0.0.2')).toBe('200');
    sockets[0]?.destroy();
    await waitUntil(async () => (await statusOf(stream)) === '200');
  });

  it('32 waiting draws', async () => {
    await open();
    const { ticket } = await app.client.give({ name: 'a.txt', bytes: new Blob(['a']) });
    const draw = `POST /api/draws HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ticket}\r\nprefer: wait=60\r\n\r\n`;
    for (let i = 0; i < 32; i++) void statusOf(draw);
    await waitUntil(async () => (await statusOf(draw, '127.0.0.1')) === '429');
    expect(sockets.length).toBeGreaterThan(32);
  });

  it('64 uploads', async () => {
    await open();
    const upload = 'POST /api/exchange?name=a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n';
    for (let i = 0; i < 64; i++) void statusOf(upload);
    await waitUntil(async () => (await statusOf(upload)) === '429');
    expect(await statusOf(`${upload}${'a'.repeat(100)}`, '127.0.0.2')).toBe('202');
  });

  it('4 transfers of one delivery', async () => {
    await open();
    await app.upload('large.txt', 'a'.repeat(20_000_000));
    const { ticket } = await app.client.give({ name: 'b.txt', bytes: new Blob(['b']) });
    const delivery = await app.client.draw(ticket);
    const transfer = get(delivery?.url ?? '');
    const states = await times(4, () => statusOf(transfer, '127.0.0.1', true));
    expect(states).toEqual(['200', '200', '200', '200']);
    expect(await statusOf(transfer)).toBe('429');
  });

  it('the connections of its share; a network has eight times as many', async () => {
    await open({ MAX_CONNECTIONS_PER_ADDRESS: '2' });
    const live = get('/health/live');
    const client = (i: number) => statusOf(live, `127.0.0.${1 + Math.floor(i / 2)}`);
    for (let i = 0; i < 16; i++) expect(await client(i)).toBe('200');
    expect(await client(16)).toBe('closed');
    expect(await statusOf(live, '127.0.1.1')).toBe('200');
  });

  it('as many more connections, which wait for the others to close', async () => {
    await open({ MAX_CONNECTIONS_PER_ADDRESS: '4' });
    const stream = get('/api/pool/events');
    expect(await times(4, () => statusOf(stream))).toEqual(['200', '200', '200', '200']);
    const busy = sockets.slice();
    const waiting = times(4, () => statusOf(get('/health/live', 'connection: close\r\n')));
    await waitUntil(() => sockets.every(({ connecting }) => !connecting));
    expect(await statusOf(stream)).toBe('closed');
    busy[0]?.destroy();
    expect(await waiting).toEqual(['200', '200', '200', '200']);
  });

  it('its place taken by another connection only after its response', async () => {
    await open({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
    const live = get('/health/live');
    expect(await statusOf(live)).toBe('200');
    const [first] = sockets as [Socket];
    const second = statusOf(live);
    await waitUntil(() => sockets[1]?.connecting === false);
    let received = '';
    first.on('data', (chunk) => {
      received += chunk;
    });
    first.write(live);
    expect(await second).toBe('200');
    expect(received).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is);
  });
});

it('ends the oldest streams when connections run short, so that a newcomer is served', async () => {
  await open({ RATE_LIMIT: 'off', MAX_CONNECTIONS: '40' });
  const stream = get('/api/pool/events');
  for (let i = 0; i < 60; i++) expect(await statusOf(stream)).toBe('200');
  expect(await statusOf(get('/health/live'))).toBe('200');
  await waitUntil(() => sockets.filter(({ closed }) => closed).length >= 20);
  expect(sockets[0]?.closed).toBe(true);
});

it('proves readiness once for all who ask', async () => {
  await open();
  let proofs = 0;
  const { ledger } = app.running.context;
  const check = ledger.check.bind(ledger);
  const counted = () => {
    proofs += 1;
    return check();
  };
  Object.assign(ledger, { check: counted });
  await times(50, () => fetch(`${app.url}/health/ready`));
  expect(proofs).toBeLessThanOrEqual(1);
});

describe('the address of a client', () => {
  const give = (address: string) => app.upload('a.txt', `${Math.random()}`, { 'x-forwarded-for': address });

  it.each([
    ['with a port', '203.0.113.7:1001', '203.0.113.7:2002'],
    ['in brackets', '[2001:db8::1]', '2001:db8::2'],
    ['in brackets with a port', '[2001:db8::1]:443', '[2001:db8::1]:444'],
    ['as IPv4 in IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['as garbage, which is the address of the proxy', 'unknown', '12345'],
    ['behind a trusted address with a port', '203.0.113.7, 127.0.0.1:99', '203.0.113.7'],
  ])('is understood %s', async (_how, first, second) => {
    await open({ TRUST_PROXY: '127.0.0.0/8', GIFTS_PER_MINUTE: '1' });
    expect((await give(first)).status).toBe(200);
    expect((await give(second)).status).toBe(429);
    expect((await give('198.51.100.1')).status).toBe(200);
  });

  it.each([
    ['/24', (i: number) => `203.0.113.${i}`, 8, '203.0.114.1'],
    ['/56', (i: number) => `2001:db8:1:10${i}::1`, 4, '2001:db8:2:200::1'],
    ['/48', (i: number) => `2001:db8:1:${i}00::1`, 4, '2001:db8:2::1'],
  ])('counts in its network as well: %s', async (_bits, address, count, other) => {
    await open({ TRUST_PROXY: '127.0.0.0/8', GIFTS_PER_MINUTE: '1' });
    for (let i = 0; i < count; i++) expect((await give(address(i))).status).toBe(200);
    expect((await give(address(count))).status).toBe(429);
    expect((await give(other)).status).toBe(200);
  });

  it('is asked for once if a proxy is not trusted', async () => {
    await open({ TRUST_PROXY: '192.0.2.0/24' });
    for (let i = 0; i < 3; i++) await give('203.0.113.7');
    expect(log.match(/TRUST_PROXY/g)).toEqual(['TRUST_PROXY']);
    expect(log).not.toContain('203.0.113.7');
  });
});

describe('a page of another origin', () => {
  const foreign = { origin: 'https://other.example' };
  const give = (headers: Record<string, string>) =>
    fetch(`${app.url}/api/upload`, { method: 'POST', body: formOf('a.txt', 'a'), headers });

  it('has one budget for all its visitors, and the page of the service none', async () => {
    await open({ ORIGIN_CHANGES_PER_MINUTE: '2', CORS_ORIGINS: '*,https://friend.example' });
    expect((await give(foreign)).status).toBe(200);
    expect((await fetch(`${app.url}/api/download`, { headers: foreign })).status).toBe(200);
    expect((await give(foreign)).status).toBe(429);
    expect((await give({ origin: 'null' })).status).toBe(200);
    for (let i = 0; i < 5; i++) {
      expect((await give({ origin: app.url })).status).toBe(200);
      expect((await give({ origin: 'https://friend.example' })).status).toBe(200);
      expect((await give({ origin: 'https://a.example', 'sec-fetch-site': 'same-origin' })).status).toBe(200);
      expect((await fetch(`${app.url}/api/pool/stats`, { headers: foreign })).status).toBe(200);
    }
  });

  it.each([
    ['a form', 'sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\norigin: https://other.example\r\n'],
    ['a form of an old browser', 'origin: https://other.example\r\naccept: text/html,*/*\r\n'],
    ['a blind script', 'sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\norigin: https://other.example\r\n'],
    ['a form of a sandboxed frame', 'sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\norigin: null\r\n'],
  ])('changes nothing by %s', async (_how, headers) => {
    await open();
    const { ticket } = await app.client.give({ name: 'a.txt', bytes: new Blob(['a']) });
    const before = await app.client.poolStats();
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n';
    const form = `content-type: multipart/form-data; boundary=b\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
    for (const line of ['POST /api/upload', 'POST /api/exchange', `DELETE /api/tickets/${ticket}`, 'POST /api/draws'])
      expect(await rawRequest(app.port, `${line} HTTP/1.1\r\nhost: x\r\n${headers}${form}`)).toMatch(
        /^HTTP\/1\.1 403 /,
      );
    expect(await rawRequest(app.port, get('/api/download', `${headers}connection: close\r\n`))).toMatch(
      /^HTTP\/1\.1 403 /,
    );
    expect(await app.client.poolStats()).toEqual(before);
  });
});

describe('a ticket', () => {
  it('works in a header of its own, behind basic authorization, and out of the path', async () => {
    await open();
    await app.upload('other.txt', 'other');
    const { ticket } = await app.client.give({ name: 'a.txt', bytes: new Blob(['a']) });
    const basic = { authorization: 'Basic dXNlcjpwYXNz', 'exchange-ticket': ticket };
    const current = `${app.url}/api/tickets/current`;
    expect(await (await fetch(current, { headers: basic })).json()).toMatchObject({ state: 'open' });
    expect((await fetch(current, { headers: { authorization: `Bearer ${ticket}` } })).status).toBe(200);
    expect((await fetch(current)).status).toBe(401);
    const drawn = await fetch(`${app.url}/api/download`, { headers: basic });
    expect(await drawn.text()).toBe('other');
    expect((await fetch(current, { method: 'DELETE', headers: basic })).status).toBe(409);
  });
});

it('asks for HTTPS in future only where a trusted proxy ended TLS', async () => {
  const hsts = async (headers: Record<string, string>) =>
    (await fetch(`${app.url}/health/live`, { headers })).headers.get('strict-transport-security');
  await open({ TRUST_PROXY: '127.0.0.1' });
  expect(await hsts({ 'x-forwarded-proto': 'https' })).toBe('max-age=31536000');
  expect(await hsts({})).toBeNull();
  await app.close();
  await open();
  expect(await hsts({ 'x-forwarded-proto': 'https' })).toBeNull();
});

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('has no documentation called %s', async (name) => {
  await open();
  expect((await fetch(`${app.url}/docs/${name}`)).status).toBe(404);
});
