/** Deliveries offloaded to S3 by a redirect. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createS3Offloader } from '../../src/vault/s3/presigned-urls.ts';
import { auditOf, bytesOf, drawGift, noise, sha256 } from '../setup/gift-samples.ts';
import { anyS3, newS3Location, region, type S3Location } from '../setup/s3.ts';
import { fileOf, formOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const minute = 60_000;
const server = anyS3();

let app: TestApp;
const audit = () => auditOf(app);
const drawn = (name: string, bytes: string | Uint8Array) => drawGift(app, name, bytes);
const stateOf = async (ticket: string) => (await app.client.ticket(ticket)).state;

describe.skipIf(server === undefined)('DELIVERY=redirect', () => {
  let place: S3Location;
  beforeEach(async () => {
    place = await newS3Location(server as NonNullable<typeof server>);
    app = await openTestApp({
      DELIVERY: 'redirect',
      S3_BUCKET: place.bucket,
      S3_ENDPOINT: place.endpoint,
      S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
      S3_PREFIX: place.prefix,
    });
  });
  afterEach(() => app?.close());

  /** A request that does not follow redirects and does not come from a script. */
  const ask = (path: string, init: RequestInit = {}) => fetch(app.url + path, { redirect: 'manual', ...init });
  const target = (answer: Response) => answer.headers.get('location') ?? '';

  it('redirects to S3 for a few minutes, as an attachment with its name', async () => {
    const bytes = noise(300_000);
    const { delivery } = await drawn('Ünï “çødé” 猫.zip', bytes);
    const answer = await ask(delivery.url);
    expect(answer.status).toBe(307);
    expect(await answer.text()).toBe('');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
    });
    const url = new URL(target(answer));
    expect(url.origin).toBe(place.endpoint);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('300');
    expect(url.href).not.toContain(delivery.url.split('/').pop());
    const file = await fetch(url);
    expect(sha256(await bytesOf(file))).toBe(delivery.sha256);
    const head = await fetch(app.url + delivery.url, { method: 'HEAD' });
    expect(head.headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%9Cn%C3%AF");
    for (const name of ['content-disposition', 'content-type', 'cache-control'])
      expect([name, file.headers.get(name)]).toEqual([name, head.headers.get(name)]);
  });

  it('cannot be used for another method or another object', async () => {
    const { delivery } = await drawn('page.html', '<script>alert(1)</script>');
    const url = new URL(target(await ask(delivery.url)));
    url.searchParams.set('response-content-type', 'text/html');
    expect((await fetch(url)).status).toBe(403);
  });

  it('works with a Range, and again while the lease lasts', async () => {
    const bytes = noise(300_000);
    const { ticket, delivery } = await drawn('big.zip', bytes);
    const part = await app.client.fetchDelivery(delivery, { from: 200_000 });
    expect(part.status).toBe(206);
    expect((await bytesOf(part)).equals(bytes.subarray(200_000))).toBe(true);
    await app.advanceTime(9 * minute);
    expect(await bytesOf(await app.client.fetchDelivery(delivery))).toEqual(bytes);
    // Beyond the first lease, but within the limit that its size adds.
    await app.advanceTime(1.5 * minute);
    expect(await stateOf(ticket)).toBe('drawn');
    expect((await ask(delivery.url, { headers: { range: 'bytes=300000-' } })).status).toBe(416);
  });

  it('is final when the lease ends, and then the bytes are removed', async () => {
    const { ticket, delivery } = await drawn('a.txt', 'a');
    await ask(delivery.url);
    await app.advanceTime(11 * minute);
    expect(await stateOf(ticket)).toBe('spent');
    expect(await audit()).toMatchObject({ gifts: { delivered: 1, pooled: 1 } });
    expect(await place.names()).toHaveLength(2);
    expect(await (await fetch(app.url + delivery.url)).text()).toBe('a');
    await app.advanceTime(11 * minute);
    expect(await place.names()).toHaveLength(1);
    expect((await ask(delivery.url)).status).toBe(410);
  });

  it('returns a gift that was drawn and never offloaded', async () => {
    const { ticket, delivery } = await drawn('a.txt', 'a');
    await fetch(app.url + delivery.url, { method: 'HEAD' });
    await app.client.facts(delivery);
    await app.advanceTime(11 * minute);
    expect(await stateOf(ticket)).toBe('open');
    expect(await audit()).toMatchObject({ gifts: { pooled: 2 } });
  });

  it('ends at once after an acknowledgement', async () => {
    const { ticket, delivery } = await drawn('a.txt', 'a');
    await ask(delivery.url);
    await app.client.received(delivery);
    expect(await stateOf(ticket)).toBe('spent');
    await app.advanceTime(1);
    expect(await place.names()).toHaveLength(1);
  });

  it('draws and redirects in one request, once', async () => {
    await app.upload('a.txt', 'a');
    const answer = await ask('/api/download');
    expect(answer.status).toBe(307);
    expect((await ask('/api/download')).status).toBe(404);
    expect(await (await fetch(target(answer))).text()).toBe('a');
    const again = await ask(answer.headers.get('content-location') ?? '');
    expect(await (await fetch(target(again))).text()).toBe('a');
    await app.advanceTime(11 * minute);
    expect((await ask('/api/download')).status).toBe(404);
  });

  it('draws with a ticket, which S3 never sees', async () => {
    await app.upload('theirs.txt', 'theirs');
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const headers = { authorization: `Bearer ${ticket}` };
    const followed = await fetch(`${app.url}/api/download`, { headers });
    expect(followed.redirected).toBe(true);
    expect(await followed.text()).toBe('theirs');
    expect(await stateOf(ticket)).toBe('drawn');
  });

  it('answers an exchange with 303, the ticket and the address to resume', async () => {
    await app.upload('theirs.txt', 'theirs');
    const body = formOf('mine.txt', 'mine');
    const answer = await ask('/api/exchange', { method: 'POST', body });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('exchange-giver')).toMatch(/^g_/);
    expect(await (await fetch(target(answer))).text()).toBe('theirs');
    expect(await stateOf(answer.headers.get('exchange-ticket') ?? '')).toBe('drawn');
    const again = await fetch(app.url + answer.headers.get('content-location'));
    expect(await again.text()).toBe('theirs');
  });

  it.each([
    ['a script of our page', { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }],
    ['a script of another page', { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site' }],
    ['a browser that does not say', { 'user-agent': 'Mozilla/5.0 (X11; Linux)' }],
  ])('streams the bytes to %s', async (_who, headers: Record<string, string>) => {
    const { ticket, delivery } = await drawn('a.txt', 'a');
    const answer = await ask(delivery.url, { headers });
    expect([answer.status, await answer.text()]).toEqual([200, 'a']);
    await expect.poll(() => stateOf(ticket)).toBe('spent');
  });

  it('redirects a click to S3', async () => {
    const { delivery } = await drawn('a.txt', 'a');
    const headers = { 'sec-fetch-dest': 'document', 'user-agent': 'Mozilla/5.0 (X11; Linux)' };
    expect((await ask(delivery.url, { headers })).status).toBe(307);
  });

  it('draws another gift if the first block is damaged or the object missing', async () => {
    for (const bytes of [Buffer.from('Damaged'), undefined]) {
      const before = await place.names();
      await app.upload('damaged.txt', 'damaged');
      const name = (await place.names()).find((name) => !before.includes(name)) as string;
      await place.overwrite(name, bytes);
    }
    await app.upload('sound.txt', 'sound');
    expect(await (await fetch(`${app.url}/api/download`)).text()).toBe('sound');
    expect((await ask('/api/download')).status).toBe(404);
    expect(await audit()).toMatchObject({ gifts: { quarantined: 2, leased: 1 } });
  });

  it('redirects to an object that is damaged further on, which the design accepts', async () => {
    const bytes = noise(300_000);
    const { delivery } = await drawn('big.zip', bytes);
    for (const name of await place.names()) {
      if ((await place.bytesOf(name)).length !== bytes.length) continue;
      await place.overwrite(name, bytes.with(200_000, 255 - (bytes[200_000] ?? 0)));
    }
    const got = await bytesOf(await app.client.fetchDelivery(delivery));
    expect(sha256(got)).not.toBe(delivery.sha256);
    await expect(app.client.fetchDelivery(delivery, { from: 200_000 })).rejects.toMatchObject({
      code: 'gift-damaged',
    });
    expect(await audit()).toMatchObject({ gifts: { quarantined: 1 } });
  });

  it('signs for the public address of the bucket', async () => {
    const elsewhere = await openTestApp({
      DELIVERY: 'redirect',
      S3_BUCKET: place.bucket,
      S3_ENDPOINT: place.endpoint,
      S3_PUBLIC_ENDPOINT: 'https://s3.example.org',
      S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
      S3_PREFIX: `${place.prefix}elsewhere/`,
    });
    await elsewhere.upload('a.txt', 'a');
    const answer = await fetch(`${elsewhere.url}/api/download`, { redirect: 'manual' });
    expect(target(answer)).toMatch(/^https:\/\/s3\.example\.org\//);
    await elsewhere.close();
  });

  it('issues addresses that expire', async () => {
    await app.upload('a.txt', 'a');
    const [name = ''] = await place.names();
    const handOver = await createS3Offloader({ ...place, region, pathStyle: true }, 2);
    const as = { type: 'text/x', disposition: 'attachment', cacheControl: 'no-store' };
    const elsewhere = await handOver.createTarget(name.split('/').pop() ?? '', as);
    if (!('location' in elsewhere)) throw new Error('no address');
    const file = await fetch(elsewhere.location);
    expect(await file.text()).toBe('a');
    expect(file.headers.get('content-type')).toBe('text/x');
    await expect.poll(async () => (await fetch(elsewhere.location)).status, patience).toBe(403);
  });

  const patience = { timeout: 10_000, interval: 500 };
});
