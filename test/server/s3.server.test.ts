/** The whole service with its vault in a bucket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minStrayAge, reconcile } from '../../src/exchange/maintenance/sweep.ts';
import { type FaultyS3, faultyS3 } from '../setup/faulty-s3.ts';
import { anyS3, newPlace, type Place } from '../setup/s3.ts';
import { fileOf, type OpenDoor, openDoor, reconcileTwice, until } from '../setup/test-app.ts';

const server = anyS3();
const minute = 60_000;

let place: Place;
let faulty: FaultyS3;
let door: OpenDoor;

beforeEach(async () => {
  if (server === undefined) return;
  faulty = await faultyS3(server.endpoint);
  place = await newPlace(server, faulty.url);
  door = await openDoor({
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
  await door?.close();
  await faulty?.close();
});

const noise = (size: number) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7919 + (i >> 8)) & 255));
const audit = async () => {
  const found = await door.program.context.ledger.audit();
  expect(found.faults).toEqual([]);
  return found.gifts;
};
const download = (ticket: string) =>
  fetch(`${door.url}/api/download`, { headers: { authorization: `Bearer ${ticket}` } });
const nameOf = async (known: readonly string[] = []) =>
  (await place.names()).find((name) => !known.includes(name)) as string;

describe.skipIf(server === undefined)('a service on S3', () => {
  it('gives, draws, delivers with Range, and leaves nothing behind', async () => {
    const bytes = noise(700_000);
    await door.upload('theirs.zip', bytes);
    const { ticket } = await door.client.give(fileOf('mine.txt', 'mine'));
    expect(await place.names()).toHaveLength(2);
    const delivery = await door.client.draw(ticket);
    const { url } = delivery as { url: string };
    const part = await fetch(door.url + url, { headers: { range: 'bytes=130000-400000' } });
    expect(part.status).toBe(206);
    expect(bytes.subarray(130_000, 400_001).equals(Buffer.from(await part.arrayBuffer()))).toBe(
      true,
    );
    const whole = await (await fetch(door.url + url)).arrayBuffer();
    expect(bytes.equals(Buffer.from(whole))).toBe(true);
    await until(async () => (await audit()).delivered === 1);
    await door.pass(6 * minute);
    expect(await place.names()).toHaveLength(1);
  });

  it('gives a gift back to who withdraws it, and removes its bytes', async () => {
    const { ticket } = await door.client.give(fileOf('mine.txt', 'mine'));
    await door.client.withdraw(ticket);
    await door.pass(6 * minute);
    expect(await place.names()).toEqual([]);
  });

  it('quarantines what changed in the bucket, and draws another', async () => {
    await door.upload('damaged.txt', 'damaged');
    const damaged = await nameOf();
    await place.overwrite(damaged, Buffer.from('Damaged'));
    await door.upload('sound.txt', 'sound');
    expect(await (await fetch(`${door.url}/api/download`)).text()).toBe('sound');
    expect((await fetch(`${door.url}/api/download`)).status).toBe(404);
    expect(await audit()).toMatchObject({ quarantined: 1 });
  });

  it('takes away stray objects, and gifts whose objects are gone', async () => {
    await door.upload('lost.txt', 'lost');
    const lost = await nameOf();
    await door.upload('kept.txt', 'kept');
    await place.overwrite(lost, undefined);
    const stray = `${place.prefix}gifts/ab/ab${'0'.repeat(30)}`;
    await place.overwrite(stray, Buffer.from('stray'));
    const context = { ...door.program.context, now: () => Date.now() + 2 * minStrayAge };
    expect(await reconcile(door.program.context)).toMatchObject({ stray: 0, missing: 0 });
    expect(await reconcileTwice(context)).toMatchObject({ stray: 1, missing: 1 });
    expect(await place.names()).toHaveLength(1);
    expect((await door.client.poolStats()).file_count).toBe(1);
    await audit();
  });

  it.each<[string, () => Promise<void> | void]>([
    ['answers SlowDown', () => faulty.fail(() => ({ refuse: 'SlowDown' }))],
    ['is not there', () => faulty.down()],
    ['does its work but is not heard', () => faulty.fail(() => ({ deafAfter: true }))],
  ])('answers 503 in time while S3 %s, and everything is there afterwards', async (_, fail) => {
    const bytes = noise(300_000);
    await door.upload('theirs.zip', bytes);
    const { ticket } = await door.client.give(fileOf('mine.txt', 'mine'));
    await fail();
    const begun = performance.now();
    const answers = await Promise.all([
      door.upload('more.txt', 'more'),
      download(ticket),
      fetch(`${door.url}/health/ready`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(performance.now() - begun).toBeLessThan(10_000);
    faulty.fail();
    await faulty.up().catch(() => undefined);
    expect(await audit()).toMatchObject({ pooled: 1, leased: 1 });
    const again = await download(ticket);
    expect(bytes.equals(Buffer.from(await again.arrayBuffer()))).toBe(true);
    expect((await place.names()).filter((name) => name.includes('/gifts/'))).toHaveLength(2);
    await until(async () => (await audit()).delivered === 1);
  });

  it('resumes in the bucket what broke off there, unseen by the receiver', async () => {
    const bytes = noise(1_000_000);
    await door.upload('theirs.zip', bytes);
    faulty.fail(({ method }) => (method === 'GET' ? { cutAfter: 300_000 } : undefined));
    const answer = await fetch(`${door.url}/api/download`);
    expect(bytes.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
  });

  it('removes everything else when one object cannot be, and that one later', async () => {
    for (const name of ['a', 'b', 'c']) {
      const { ticket } = await door.client.give(fileOf(`${name}.txt`, name));
      await door.client.withdraw(ticket);
    }
    const stuck = await nameOf();
    faulty.fail(({ method, url }) =>
      method === 'DELETE' && url.includes(stuck) ? { refuse: 'AccessDenied' } : undefined,
    );
    await door.pass(6 * minute);
    expect(await place.names()).toEqual([stuck]);
    faulty.fail();
    await door.pass(minute);
    expect(await place.names()).toEqual([]);
    await audit();
  });
});

it.skipIf(server === undefined)(
  'a bucket that is not there stops the start with one sentence',
  async () => {
    await expect(
      openDoor({
        S3_BUCKET: 'rfx-there-is-none',
        S3_ENDPOINT: place.endpoint,
        S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
        S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
      }),
    ).rejects.toThrow(/^The vault cannot be opened: the bucket "rfx-there-is-none" .*NoSuchBucket/);
  },
);
