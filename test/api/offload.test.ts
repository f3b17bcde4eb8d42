/** Deliveries offloaded to nginx, as far as they can be tested without one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileOf, formOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
/** Nginx sends only gifts with a file of their own. */
const large = '<script>alert(1)</script>'.padEnd(70_000);
beforeEach(async () => {
  app = await openTestApp({ DELIVERY: 'x-accel', X_ACCEL_PREFIX: '/inside/', TRUST_PROXY: '127.0.0.1' });
  await app.upload('thé.html', large);
});
afterEach(() => app.close());

const byNginx = { 'x-sendfile-type': 'X-Accel-Redirect' };
const ask = (path: string, init: RequestInit = {}) =>
  fetch(app.url + path, { ...init, headers: { ...byNginx, ...init.headers } });
const leaseIsOver = 11 * 60_000;

describe('an offloaded delivery', () => {
  it('names the file for nginx and has the usual headers', async () => {
    const answer = await ask('/api/download');
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '0',
      'content-type': 'application/octet-stream',
      'content-disposition': expect.stringContaining("filename*=UTF-8''th%C3%A9.html"),
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const path = answer.headers.get('x-accel-redirect') ?? '';
    expect(path).toMatch(/^\/inside\/([0-9a-f]{2})\/\1[0-9a-f]{30}$/);
    expect(await app.blobs()).toEqual([expect.stringContaining(path.slice('/inside/'.length))]);
  });

  it('is streamed by the service if it is in the bundle of small files', async () => {
    await (await fetch(`${app.url}/api/download`)).text();
    await app.upload('small.txt', 'small');
    const answer = await ask('/api/download');
    expect([answer.headers.get('x-accel-redirect'), await answer.text()]).toEqual([null, 'small']);
  });

  it('stays with its receiver and is final when its lease ends', async () => {
    const { ticket } = await app.client.give(fileOf('mine.txt', `${large}mine`));
    const body = formOf('other.txt', `${large}other`);
    const answer = await ask('/api/exchange', { method: 'POST', body });
    const other = answer.headers.get('exchange-ticket') ?? '';
    const again = await ask(answer.headers.get('content-location') ?? '');
    expect(again.headers.get('x-accel-redirect')).toBe(answer.headers.get('x-accel-redirect'));
    expect((await app.client.ticket(other)).state).toBe('drawn');
    await app.advanceTime(leaseIsOver);
    expect((await app.client.ticket(other)).state).toBe('spent');
    expect((await app.client.ticket(ticket)).state).toBe('open');
    const { gifts, faults } = await app.running.context.ledger.audit();
    expect([gifts.delivered, faults]).toEqual([1, []]);
  });

  it('answers HEAD and JSON requests without offloading', async () => {
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const { url = '' } = (await app.client.draw(ticket)) ?? {};
    const head = await ask(url, { method: 'HEAD' });
    const facts = await ask(url, { headers: { accept: 'application/json' } });
    for (const answer of [head, facts]) expect(answer.headers.has('x-accel-redirect')).toBe(false);
    await app.advanceTime(leaseIsOver);
    expect((await app.client.ticket(ticket)).state).toBe('open');
  });

  it.each([['nobody says so'], ['somebody else', 'X-Sendfile']])(
    'comes from the exchange when %s',
    async (_who, type?: string) => {
      const headers = type === undefined ? {} : { 'x-sendfile-type': type };
      const answer = await fetch(`${app.url}/api/download`, { headers });
      expect(await answer.text()).toBe(large);
    },
  );

  it('comes from the exchange when the proxy that asks for it is not trusted', async () => {
    const distrusting = await openTestApp({ DELIVERY: 'x-accel', TRUST_PROXY: '192.0.2.0/24' });
    await distrusting.upload('a.html', large);
    const answer = await fetch(`${distrusting.url}/api/download`, { headers: byNginx });
    expect(await answer.text()).toBe(large);
    await distrusting.close();
  });
});

it('is warned about at the start if no address of an nginx is known', async () => {
  let log = '';
  const write = (line: string) => {
    log += line;
  };
  for (const TRUST_PROXY of ['', '127.0.0.1']) {
    await (await openTestApp({ DELIVERY: 'x-accel', LOG_LEVEL: 'warn', TRUST_PROXY }, { log: { write } })).close();
    expect(log.split('TRUST_PROXY does not name its address').length - 1).toBe(1);
  }
});
