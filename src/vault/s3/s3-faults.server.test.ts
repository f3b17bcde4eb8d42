/** Faults of S3 and of the network: no gift is lost or stored twice, and no wrong byte is yielded. */
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
/** The default policy with shorter times. */
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
const giftNames = async () => (await place.names()).filter((name) => name.includes('/gifts/'));
const failing = { code: 'storage-failing' };

/** Expects a failure within the time that the policy allows. */
async function expectFailure(work: Promise<unknown>, expected: object = failing): Promise<void> {
  const begun = performance.now();
  // Maps the result to a string, because printing all bytes would exhaust the memory.
  await expect(work.then(() => 'no failure')).rejects.toMatchObject(expected);
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
  ])('a gift put %s', (how, size) => {
    const inParts = how === 'in parts';

    it.each<[string, S3Fault]>([
      ['an error', { refuse: 'InternalError' }],
      ['a lost response to a successful request', { dropAnswer: true }],
      ['a broken connection', { cutRequestAfter: 100_000 }],
      ['a stall', { noAnswer: true }],
      ['a bit flipped in transit', { flipRequest: 1000 }],
    ])('survives %s', async (_, fault) => {
      faulty.fail(faultOnce(is('PUT'), fault));
      const { key, bytes, stored } = await put(size);
      expect((await read(key, stored)).equals(bytes)).toBe(true);
      expect(await giftNames()).toHaveLength(1);
    });

    it.each<[string, S3Fault]>([
      ['errors', { refuse: 'InternalError' }],
      ['SlowDown', { refuse: 'SlowDown' }],
      ['stalls', { noAnswer: true }],
      ['lost responses', { dropAnswer: true }],
      ['flipped bits', { flipRequest: 1000 }],
      ['broken connections', { cutRequestAfter: 100_000 }],
      ['refused access', { refuse: 'AccessDenied' }],
    ])('fails in time for %s, and leaves nothing behind', async (_, fault) => {
      faulty.fail(always(is('PUT'), fault));
      await expectFailure(put(size));
      faulty.fail();
      expect(await giftNames()).toEqual([]);
      expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
      await put(size);
    });

    it('fails while the server is down, and succeeds afterwards', async () => {
      await faulty.down();
      await expectFailure(put(size));
      await faulty.up();
      await put(size);
      expect(await giftNames()).toHaveLength(1);
    });

    it('rejects an existing key, also after a fault', async () => {
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
      ['stalls', { noAnswer: true }],
      ['truncated responses', { cutAfter: 10 }],
      ['responses that stall', { stallAfter: 10 }],
      ['refused access', { refuse: 'AccessDenied' }],
      ['a bucket that is gone', { refuse: 'NoSuchBucket' }],
      ['another server', { refuse: 'a stranger' }],
    ])('is never undefined for %s', async (_, fault) => {
      await vault.setId(id);
      faulty.fail(always(is('GET', '/id'), fault));
      await expectFailure(vault.id());
      faulty.fail();
      expect(await vault.id()).toBe(id);
    });

    it('is cached for concurrent reads, and survives a fault', async () => {
      await vault.setId(id);
      faulty.fail(faultOnce(is('GET', '/id'), { refuse: 'SlowDown' }));
      const before = faulty.requests.length;
      expect(await Promise.all([vault.id(), vault.id(), vault.id()])).toEqual([id, id, id]);
      expect(faulty.requests.length - before).toBe(2);
    });
  });

  it('a full bucket is storage-full', async () => {
    faulty.fail(always(is('PUT'), { refuse: 'QuotaExceeded' }));
    await expectFailure(put(10), { code: 'storage-full' });
  });

  it('a multipart upload is complete although the response is lost', async () => {
    faulty.fail(faultOnce(is('POST', 'uploadId='), { dropAnswer: true }));
    const { key, bytes, stored } = await put(11 * mebibyte);
    expect((await read(key, stored)).equals(bytes)).toBe(true);
  });

  it('sends nothing to S3 if the giver aborts', async () => {
    const before = faulty.requests.length;
    const source = async function* () {
      yield sample(1000);
      throw new Error('The giver hung up');
    };
    await expect(vault.put(newKey(), source())).rejects.toThrow('hung up');
    expect(faulty.requests).toHaveLength(before);
  });

  describe('reading', () => {
    const size = 4 * blockSize + 5;

    it.each<[string, S3Fault]>([
      ['an error', { refuse: 'SlowDown' }],
      ['a truncated response', { cutAfter: 2.5 * blockSize }],
      ['a response that stalls', { stallAfter: 2.5 * blockSize }],
      ['an empty response', { cutAfter: 0 }],
      ['a stall', { noAnswer: true }],
      ['a bit flipped in transit', { flipAnswer: 2 * blockSize + 1 }],
    ])('continues after %s', async (_, fault) => {
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
      ['stalls', { noAnswer: true }],
      ['truncated blocks', { cutAfter: blockSize / 2 }],
      ['refused access', { refuse: 'AccessDenied' }],
      ['a bucket that is gone', { refuse: 'NoSuchBucket' }],
      ['another server', { refuse: 'a stranger' }],
    ])('reports a failing storage, not damage, for %s', async (_, fault) => {
      const { key, bytes, stored } = await put(size);
      faulty.fail(always(is('GET'), fault));
      await expectFailure(read(key, stored), { ...failing, facts: { reason: 'unreadable' } });
      faulty.fail();
      expect((await read(key, stored)).equals(bytes)).toBe(true);
    });

    it('reports a failing storage while the server is down', async () => {
      const { key, stored } = await put(size);
      await faulty.down();
      await expectFailure(read(key, stored));
      await faulty.up();
      expect(await read(key, stored)).toHaveLength(size);
    });

    it('never yields a wrong byte, however often S3 sends it', async () => {
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

    it('closes the connection when the consumer stops', async () => {
      const { key, stored } = await put(8 * mebibyte);
      for await (const _ of vault.read(key, stored, { start: 0, end: stored.size })) break;
      for (let waited = 0; faulty.open > 0 && waited < 100; waited += 1) await sleep(20);
      expect(faulty.open).toBe(0);
    });

    it('does not apply the stall timeout to a slow consumer', async () => {
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

  it('remove survives an error, and throws if it fails', async () => {
    const { key } = await put(10);
    faulty.fail(always(is('DELETE'), { refuse: 'SlowDown' }));
    await expectFailure(vault.remove(key));
    expect(await giftNames()).toHaveLength(1);
    faulty.fail(faultOnce(is('DELETE'), { refuse: 'SlowDown' }));
    await vault.remove(key);
    expect(await giftNames()).toEqual([]);
  });

  it('a failed listing is an error, not an empty shard', async () => {
    const { key } = await put(10);
    const listing = is('GET', 'list-type=2');
    faulty.fail(faultOnce(listing, { cutAfter: 100 }));
    expect(await keysOf(vault)).toEqual([key]);
    for (const fault of [
      { cutAfter: 100 },
      { refuse: 'NoSuchBucket' },
      { noAnswer: true },
    ] as const) {
      faulty.fail(always(listing, fault));
      await expectFailure(keysOf(vault));
    }
  });

  it('a listing includes all pages', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, async () => (await put(1)).key));
    expect((await keysOf(vault)).toSorted()).toEqual(keys.toSorted());
    expect(faulty.requests.filter(is('GET', 'list-type=2')).length).toBeGreaterThan(2);
  });

  it('the sweep aborts abandoned multipart uploads, but not those in flight', async () => {
    const third = is('PUT', 'partNumber=3');
    faulty.fail(faultOnce(third, { noAnswer: true }));
    const inFlight = put(11 * mebibyte);
    while (!faulty.requests.some(third)) await sleep(20);
    expect(await vault.sweep(Date.now() + 86_400_000, 0)).toBe(0);
    await inFlight;
    // A killed process cannot abort its uploads.
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

  it('check uploads and deletes a probe once for concurrent calls', async () => {
    const before = faulty.requests.length;
    await Promise.all(Array.from({ length: 10 }, () => vault.check()));
    await vault.check();
    expect(faulty.requests.slice(before).map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
  });

  it('check fails if bytes cannot be stored', async () => {
    for (const fault of [{ refuse: 'AccessDenied' }, { refuse: 'SlowDown' }] as const) {
      faulty.fail(always(is('PUT', '/probes/'), fault));
      await expectFailure(vault.check());
    }
    faulty.fail();
    await vault.check();
  });
});

describe.skipIf(server === undefined)('an unusable bucket', () => {
  it('is described in one sentence', async () => {
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
