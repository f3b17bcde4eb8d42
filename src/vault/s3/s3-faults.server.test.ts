/** What S3 and the way to it do wrong: nothing is lost, nothing is kept twice, no wrong byte leaves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FaultyS3,
  faultOnce,
  type S3Fault,
  type S3Request,
  startFaultyS3,
} from '../../../test/setup/faulty-s3.ts';
import { anyS3, newS3Location, region, type S3Location } from '../../../test/setup/s3.ts';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { chunks, collect, keysOf, newKey, sample } from '../testing/samples.ts';
import { blockSize, type StoredFacts, type Vault } from '../vault.ts';
import { defaultRetryPolicy as real } from './retry.ts';
import { openS3Vault } from './s3-vault.ts';

const mebibyte = 1024 * 1024;
/** As real, but a test cannot wait as long. */
const policy = {
  ...real,
  maxAttempts: 4,
  stallTimeout: 1_000,
  maxElapsed: 4_000,
  initialPause: 20,
};
const partSize = 5 * mebibyte;
const server = anyS3();

let place: S3Location;
let faulty: FaultyS3;
let vault: Vault;

const is =
  (method: string, part = '/gifts/') =>
  (asked: S3Request) =>
    asked.method === method && asked.url.includes(part);
const always = (matches: (asked: S3Request) => boolean, fault: S3Fault) => (asked: S3Request) =>
  matches(asked) ? fault : undefined;

async function put(size: number, key = newKey()) {
  const bytes = sample(size);
  const stored = await vault.put(key, chunks(bytes, [100_000]));
  return { key, bytes, stored };
}
const read = (key: string, stored: StoredFacts, start = 0) =>
  collect(vault.read(key, stored, { start, end: stored.size }));
const kept = async () => (await place.names()).filter((name) => name.includes('/gifts/'));
const failing = { code: 'storage-failing' };

/** Fails within the time that policy allows, and leaves nothing. */
async function expectRefusal(work: Promise<unknown>, expected: object = failing): Promise<void> {
  const begun = performance.now();
  // Not the bytes themselves: to print those would take more memory than there is.
  await expect(work.then(() => 'no refusal')).rejects.toMatchObject(expected);
  expect(performance.now() - begun).toBeLessThan(policy.maxElapsed + 5 * policy.stallTimeout);
}

describe.skipIf(server === undefined)('with faults', () => {
  beforeEach(async () => {
    if (server === undefined) return;
    faulty = await startFaultyS3(server.endpoint);
    place = await newS3Location(server, faulty.url);
    const { bucket, endpoint, credentials, prefix } = place;
    const spool = await newFolder();
    vault = await openS3Vault(
      { bucket, endpoint, credentials, prefix, region, pathStyle: true, spool, pageSize: 8 },
      { policy, partSize },
    );
  });
  afterEach(async () => {
    await faulty.close();
    await removeFolders();
  });

  describe.each([
    ['at once', 300_000],
    ['in parts', 11 * mebibyte],
  ])('a gift that is put %s', (how, size) => {
    const inParts = how === 'in parts';

    it.each<[string, S3Fault]>([
      ['an error', { refuse: 'InternalError' }],
      ['an error that comes with no answer, though it is done', { dropAnswer: true }],
      ['a connection that breaks', { cutRequestAfter: 100_000 }],
      ['a silence', { noAnswer: true }],
      ['a bit that flips on the way', { flipRequest: 1000 }],
    ])('outlives %s', async (_, fault) => {
      faulty.fail(faultOnce(is('PUT'), fault));
      const { key, bytes, stored } = await put(size);
      expect((await read(key, stored)).equals(bytes)).toBe(true);
      expect(await kept()).toHaveLength(1);
    });

    it.each<[string, S3Fault]>([
      ['errors', { refuse: 'InternalError' }],
      ['SlowDown', { refuse: 'SlowDown' }],
      ['silence', { noAnswer: true }],
      ['answers that get lost', { dropAnswer: true }],
      ['bits that flip', { flipRequest: 1000 }],
      ['connections that break', { cutRequestAfter: 100_000 }],
      ['refused access', { refuse: 'AccessDenied' }],
    ])('is refused in time for %s, and nothing stays', async (_, fault) => {
      faulty.fail(always(is('PUT'), fault));
      await expectRefusal(put(size));
      faulty.fail();
      expect(await kept()).toEqual([]);
      expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
      await put(size);
    });

    it('is refused while nobody is there, and taken afterwards', async () => {
      await faulty.down();
      await expectRefusal(put(size));
      await faulty.up();
      await put(size);
      expect(await kept()).toHaveLength(1);
    });

    it('finds a used key used, through a fault as well', async () => {
      const first = await put(size);
      faulty.fail(faultOnce(is(inParts ? 'HEAD' : 'PUT'), { dropAnswer: true }));
      const second = vault.put(first.key, chunks(sample(size + 1)));
      await expect(second).rejects.toThrow('used already');
      expect((await read(first.key, first.stored)).equals(first.bytes)).toBe(true);
    });
  });

  describe('the id', () => {
    const id = 'a'.repeat(32);

    it.each<[string, S3Fault]>([
      ['errors', { refuse: 'InternalError' }],
      ['silence', { noAnswer: true }],
      ['half answers', { cutAfter: 10 }],
      ['answers that stop in the middle', { stallAfter: 10 }],
      ['refused access', { refuse: 'AccessDenied' }],
      ['a bucket that is gone', { refuse: 'NoSuchBucket' }],
      ['somebody else', { refuse: 'a stranger' }],
    ])('is never taken for none for %s', async (_, fault) => {
      await vault.setId(id);
      faulty.fail(always(is('GET', '/id'), fault));
      await expectRefusal(vault.id());
      faulty.fail();
      expect(await vault.id()).toBe(id);
    });

    it('is asked for once by many, and outlives a fault', async () => {
      await vault.setId(id);
      faulty.fail(faultOnce(is('GET', '/id'), { refuse: 'SlowDown' }));
      const before = faulty.requests.length;
      expect(await Promise.all([vault.id(), vault.id(), vault.id()])).toEqual([id, id, id]);
      expect(faulty.requests.length - before).toBe(2);
    });
  });

  it('no room in the bucket is no failure of ours', async () => {
    faulty.fail(always(is('PUT'), { refuse: 'QuotaExceeded' }));
    await expectRefusal(put(10), { code: 'storage-full' });
  });

  it('parts whose completion gets no answer are a gift', async () => {
    faulty.fail(faultOnce(is('POST', 'uploadId='), { dropAnswer: true }));
    const { key, bytes, stored } = await put(11 * mebibyte);
    expect((await read(key, stored)).equals(bytes)).toBe(true);
  });

  it('asks S3 for nothing when the giver goes away', async () => {
    const before = faulty.requests.length;
    const source = async function* () {
      yield sample(1000);
      throw new Error('The giver hung up');
    };
    await expect(vault.put(newKey(), source())).rejects.toThrow('hung up');
    expect(faulty.requests).toHaveLength(before);
  });

  describe('a reading', () => {
    const size = 4 * blockSize + 5;

    it.each<[string, S3Fault]>([
      ['an error', { refuse: 'SlowDown' }],
      ['half an answer', { cutAfter: 2.5 * blockSize }],
      ['an answer that stops', { stallAfter: 2.5 * blockSize }],
      ['an answer that breaks off at once', { cutAfter: 0 }],
      ['a silence', { noAnswer: true }],
      ['a bit that flips on the way', { flipAnswer: 2 * blockSize + 1 }],
    ])('goes on after %s', async (_, fault) => {
      const { key, bytes, stored } = await put(size);
      faulty.fail(faultOnce(is('GET'), fault));
      expect((await read(key, stored, 7)).equals(bytes.subarray(7))).toBe(true);
      expect(faulty.requests.filter(is('GET'))).toHaveLength(2);
    });

    it('comes to its end in small steps', async () => {
      const { key, bytes, stored } = await put(8 * blockSize);
      faulty.fail(always(is('GET'), { cutAfter: 1.5 * blockSize }));
      expect((await read(key, stored)).equals(bytes)).toBe(true);
    });

    it.each<[string, S3Fault]>([
      ['errors', { refuse: 'InternalError' }],
      ['SlowDown', { refuse: 'SlowDown' }],
      ['silence', { noAnswer: true }],
      ['half blocks', { cutAfter: blockSize / 2 }],
      ['refused access', { refuse: 'AccessDenied' }],
      ['a bucket that is gone', { refuse: 'NoSuchBucket' }],
      ['somebody who is no S3', { refuse: 'a stranger' }],
    ])('blames the storage and not the gift for %s', async (_, fault) => {
      const { key, bytes, stored } = await put(size);
      faulty.fail(always(is('GET'), fault));
      await expectRefusal(read(key, stored), { ...failing, facts: { reason: 'unreadable' } });
      faulty.fail();
      expect((await read(key, stored)).equals(bytes)).toBe(true);
    });

    it('blames the storage while nobody is there', async () => {
      const { key, stored } = await put(size);
      await faulty.down();
      await expectRefusal(read(key, stored));
      await faulty.up();
      expect(await read(key, stored)).toHaveLength(size);
    });

    it('never gives out a wrong byte, however often it comes', async () => {
      const { key, bytes, stored } = await put(size);
      faulty.fail(always(is('GET'), { flipAnswer: 0 }));
      const parts: Uint8Array[] = [];
      const reading = async () => {
        for await (const part of vault.read(key, stored, { start: 0, end: size }))
          parts.push(Uint8Array.from(part));
      };
      await expect(reading()).rejects.toMatchObject({ code: 'gift-damaged' });
      expect(parts).toEqual([]);
      faulty.fail();
      expect((await read(key, stored)).equals(bytes)).toBe(true);
    });

    it('lets go of S3 when the receiver does', async () => {
      const { key, stored } = await put(8 * mebibyte);
      for await (const _ of vault.read(key, stored, { start: 0, end: stored.size })) break;
      for (let waited = 0; faulty.open > 0 && waited < 100; waited += 1) await sleep(20);
      expect(faulty.open).toBe(0);
    });

    it('waits for a receiver longer than for S3', async () => {
      const { key, bytes, stored } = await put(size);
      let at = 0;
      for await (const part of vault.read(key, stored, { start: 0, end: size })) {
        if (at === 0) await sleep(2 * policy.stallTimeout);
        expect(Buffer.from(part).equals(bytes.subarray(at, at + part.length))).toBe(true);
        at += part.length;
      }
      expect(at).toBe(size);
      expect(faulty.requests.filter(is('GET'))).toHaveLength(1);
    });
  });

  it('a removal outlives an error, and says when it fails', async () => {
    const { key } = await put(10);
    faulty.fail(always(is('DELETE'), { refuse: 'SlowDown' }));
    await expectRefusal(vault.remove(key));
    expect(await kept()).toHaveLength(1);
    faulty.fail(faultOnce(is('DELETE'), { refuse: 'SlowDown' }));
    await vault.remove(key);
    expect(await kept()).toEqual([]);
  });

  it('a listing that fails is not an empty one', async () => {
    const { key } = await put(10);
    const listing = is('GET', 'list-type=2');
    faulty.fail(faultOnce(listing, { cutAfter: 100 }));
    expect(await keysOf(vault)).toEqual([key]);
    for (const fault of [
      { cutAfter: 100 },
      { refuse: 'NoSuchBucket' },
      { silence: true },
    ] as const) {
      faulty.fail(always(listing, fault));
      await expectRefusal(keysOf(vault));
    }
  });

  it('a listing of many pages is whole', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, async () => (await put(1)).key));
    expect((await keysOf(vault)).toSorted()).toEqual(keys.toSorted());
    expect(faulty.requests.filter(is('GET', 'list-type=2')).length).toBeGreaterThan(2);
  });

  it('parts that nobody completed go, but never those under way', async () => {
    const third = is('PUT', 'partNumber=3');
    faulty.fail(faultOnce(third, { noAnswer: true }));
    const coming = put(11 * mebibyte);
    while (!faulty.requests.some(third)) await sleep(20);
    expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
    await coming;
    // A process that was killed cannot give up what it began.
    faulty.fail((asked) =>
      is('PUT', 'partNumber=2')(asked) || is('DELETE')(asked) ? { noAnswer: true } : undefined,
    );
    const cut = vault.put(newKey(), chunks(sample(11 * mebibyte)));
    await expect(cut).rejects.toMatchObject(failing);
    faulty.fail();
    expect(await vault.sweep(Date.now(), 3_600_000)).toBe(0);
    expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(1);
    expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
  });

  it('the check proves that bytes can be kept, once for many who ask', async () => {
    const before = faulty.requests.length;
    await Promise.all(Array.from({ length: 10 }, () => vault.check()));
    await vault.check();
    expect(faulty.requests.slice(before).map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
  });

  it('the check fails when bytes cannot be kept', async () => {
    for (const fault of [{ refuse: 'AccessDenied' }, { refuse: 'SlowDown' }] as const) {
      faulty.fail(always(is('PUT', '/probes/'), fault));
      await expectRefusal(vault.check());
    }
    faulty.fail();
    await vault.check();
  });
});

describe.skipIf(server === undefined)('a bucket that cannot be used', () => {
  it('is refused in one sentence', async () => {
    if (server === undefined) return;
    const { endpoint, credentials, prefix } = await newS3Location(server);
    const spool = await newFolder();
    const base = { endpoint, credentials, prefix, region, pathStyle: true, spool };
    await expect(openS3Vault({ ...base, bucket: 'rfx-there-is-none' }, { policy })).rejects.toThrow(
      `the bucket "rfx-there-is-none" at ${endpoint} keeps no bytes (NoSuchBucket)`,
    );
    const wrong = { ...credentials, secretAccessKey: 'wrong' };
    await expect(
      openS3Vault({ ...base, bucket: 'rfx-there-is-none', credentials: wrong }, { policy }),
    ).rejects.toThrow('SignatureDoesNotMatch');
    await expect(
      openS3Vault({ ...base, bucket: 'b', endpoint: 'http://127.0.0.1:1' }, { policy }),
    ).rejects.toThrow('ECONNREFUSED');
  });
});
