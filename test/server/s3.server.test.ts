/** The whole service with its vault in a bucket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minStrayAge, reconcile } from '../../src/exchange/maintenance/reconcile.ts';
import { zipArchive } from '../../src/inspection/testing/archives.ts';
import { type FaultyS3, startFaultyS3 } from '../setup/faulty-s3.ts';
import { anyS3, newS3Location, type S3Location } from '../setup/s3.ts';
import { fileOf, openTestApp, reconcileTwice, type TestApp, waitUntil } from '../setup/test-app.ts';

const server = anyS3();
const minute = 60_000;

let place: S3Location;
let faulty: FaultyS3;
let app: TestApp;

beforeEach(async () => {
  if (server === undefined) return;
  faulty = await startFaultyS3(server.endpoint);
  place = await newS3Location(server, faulty.url);
  app = await openTestApp({
    S3_BUCKET: place.bucket,
    S3_ENDPOINT: place.endpoint,
    S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
    S3_PREFIX: place.prefix,
    GRACE: '5m',
    LEASE: '10m',
  });
});
afterEach(async () => {
  await app?.close();
  await faulty?.close();
});

const noise = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7919 + (i >> 8)) & 255));
const audit = async () => {
  const found = await app.running.context.ledger.audit();
  expect(found.faults).toEqual([]);
  return found.gifts;
};
const download = (ticket: string) =>
  fetch(`${app.url}/api/download`, { headers: { authorization: `Bearer ${ticket}` } });
const nameOf = async (known: readonly string[] = []) =>
  (await place.names()).find((name) => !known.includes(name)) as string;

describe.skipIf(server === undefined)('a service on S3', () => {
  it('looks through archives in the bucket, and removes one with a program in it', async () => {
    const photo = { name: 'photo.jpg', bytes: noise(700_000), method: 0 as const };
    const program = { name: 'notes.txt', bytes: Buffer.from('\x7fELF\x02\x01\x01', 'latin1') };
    expect((await app.upload('program.zip', zipArchive([photo, program]))).status).toBe(415);
    expect(await place.names()).toEqual([]);
    expect((await app.upload('photos.zip', zipArchive([photo]))).status).toBe(200);
    expect(await place.names()).toHaveLength(1);
  });

  it('gives, draws, serves ranges, and leaves nothing behind', async () => {
    const bytes = noise(700_000);
    await app.upload('theirs.zip', bytes);
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    expect(await place.names()).toHaveLength(2);
    const delivery = await app.client.draw(ticket);
    const { url } = delivery as { url: string };
    const part = await fetch(app.url + url, { headers: { range: 'bytes=130000-400000' } });
    expect(part.status).toBe(206);
    expect(bytes.subarray(130_000, 400_001).equals(Buffer.from(await part.arrayBuffer()))).toBe(true);
    const whole = await (await fetch(app.url + url)).arrayBuffer();
    expect(bytes.equals(Buffer.from(whole))).toBe(true);
    await waitUntil(async () => (await audit()).delivered === 1);
    await app.advanceTime(6 * minute);
    expect(await place.names()).toHaveLength(1);
  });

  it('withdraws a gift and removes its object', async () => {
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    await app.client.withdraw(ticket);
    await app.advanceTime(6 * minute);
    expect(await place.names()).toEqual([]);
  });

  it('quarantines an object that changed, and draws another', async () => {
    await app.upload('damaged.txt', 'damaged');
    const damaged = await nameOf();
    await place.overwrite(damaged, Buffer.from('Damaged'));
    await app.upload('sound.txt', 'sound');
    expect(await (await fetch(`${app.url}/api/download`)).text()).toBe('sound');
    expect((await fetch(`${app.url}/api/download`)).status).toBe(404);
    expect(await audit()).toMatchObject({ quarantined: 1 });
  });

  it('removes stray objects, and quarantines gifts without an object', async () => {
    await app.upload('lost.txt', 'lost');
    const lost = await nameOf();
    await app.upload('kept.txt', 'kept');
    await place.overwrite(lost, undefined);
    const stray = `${place.prefix}gifts/ab/ab${'0'.repeat(30)}`;
    await place.overwrite(stray, Buffer.from('stray'));
    const context = { ...app.running.context, now: () => Date.now() + 2 * minStrayAge };
    expect(await reconcile(app.running.context)).toMatchObject({ stray: 0, missing: 0 });
    expect(await reconcileTwice(context)).toMatchObject({ stray: 1, missing: 1 });
    expect(await place.names()).toHaveLength(1);
    expect((await app.client.poolStats()).file_count).toBe(1);
    await audit();
  });

  it.each<[string, () => Promise<void> | void]>([
    ['answers SlowDown', () => faulty.fail(() => ({ refuse: 'SlowDown' }))],
    ['is not there', () => faulty.down()],
    ['does its work but is not heard', () => faulty.fail(() => ({ dropAnswer: true }))],
  ])('answers 503 in time while S3 %s, and loses nothing', async (_, fail) => {
    const bytes = noise(300_000);
    await app.upload('theirs.zip', bytes);
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    await fail();
    const begun = performance.now();
    const answers = await Promise.all([
      app.upload('more.txt', 'more'),
      download(ticket),
      fetch(`${app.url}/health/ready`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(performance.now() - begun).toBeLessThan(10_000);
    faulty.fail();
    await faulty.up().catch(() => undefined);
    expect(await audit()).toMatchObject({ pooled: 1, leased: 1 });
    const again = await download(ticket);
    expect(bytes.equals(Buffer.from(await again.arrayBuffer()))).toBe(true);
    expect((await place.names()).filter((name) => name.includes('/gifts/'))).toHaveLength(2);
    await waitUntil(async () => (await audit()).delivered === 1);
  });

  it("resumes an interrupted GET of the object without the receiver's notice", async () => {
    const bytes = noise(1_000_000);
    await app.upload('theirs.zip', bytes);
    faulty.fail(({ method }) => (method === 'GET' ? { cutAfter: 300_000 } : undefined));
    const answer = await fetch(`${app.url}/api/download`);
    expect(bytes.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
  });

  it('removes all other objects if one fails, and that one later', async () => {
    for (const name of ['a', 'b', 'c']) {
      const { ticket } = await app.client.give(fileOf(`${name}.txt`, name));
      await app.client.withdraw(ticket);
    }
    const stuck = await nameOf();
    faulty.fail(({ method, url }) =>
      method === 'DELETE' && url.includes(stuck) ? { refuse: 'AccessDenied' } : undefined,
    );
    await app.advanceTime(6 * minute);
    expect(await place.names()).toEqual([stuck]);
    faulty.fail();
    await app.advanceTime(minute);
    expect(await place.names()).toEqual([]);
    await audit();
  });
});

it.skipIf(server === undefined)('refuses to start without its bucket, in one sentence', async () => {
  await expect(
    openTestApp({
      S3_BUCKET: 'rfx-there-is-none',
      S3_ENDPOINT: place.endpoint,
      S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
    }),
  ).rejects.toThrow(/^The vault cannot be opened: the bucket "rfx-there-is-none" .*NoSuchBucket/);
});
