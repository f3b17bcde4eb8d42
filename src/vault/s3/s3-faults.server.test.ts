/** Faults of S3 and of the network: no gift is lost or stored twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { faultOnce, type S3Fault } from '../../../test/setup/faulty-s3.ts';
import { newS3Location, region } from '../../../test/setup/s3.ts';
import {
  always,
  expectFailure,
  failing,
  faulty,
  giftNames,
  is,
  mebibyte,
  policy,
  put,
  read,
  server,
  useFaultyVault,
  vault,
} from '../testing/faulty-vault.ts';
import { newFolder } from '../testing/recording-fs.ts';
import { chunks, keysOf, newKey, sample } from '../testing/samples.ts';
import { openS3Vault } from './s3-vault.ts';

describe.skipIf(server === undefined)('with faults', () => {
  useFaultyVault();

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
    for (const fault of [{ cutAfter: 100 }, { refuse: 'NoSuchBucket' }, { noAnswer: true }] as const) {
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
    faulty.fail((asked) => (is('PUT', 'partNumber=2')(asked) || is('DELETE')(asked) ? { noAnswer: true } : undefined));
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
    await expect(openS3Vault({ ...base, bucket: 'rfx-there-is-none', credentials: wrong }, { policy })).rejects.toThrow(
      'SignatureDoesNotMatch',
    );
    await expect(openS3Vault({ ...base, bucket: 'b', endpoint: 'http://127.0.0.1:1' }, { policy })).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});
