/** Faults of S3 and of the network: no wrong byte is yielded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { faultOnce, type S3Fault } from '../../../test/setup/faulty-s3.ts';
import {
  always,
  expectFailure,
  failing,
  faulty,
  is,
  mebibyte,
  policy,
  put,
  read,
  server,
  useFaultyVault,
  vault,
} from '../testing/faulty-vault.ts';
import { blockSize } from '../vault.ts';

describe.skipIf(server === undefined)('with faults', () => {
  useFaultyVault();

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
        for await (const part of vault.read(key, stored, { start: 0, end: size })) parts.push(Uint8Array.from(part));
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
});
