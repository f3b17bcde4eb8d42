/** P9 and R19: memory does not grow with the size of files, the number of transfers, or the greed of one client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mebibyte } from '../clients/transfers.ts';
import { fullLoad, measureRise, skipReason, transferAll, uploadAll } from '../setup/memory.ts';
import type { Service } from '../setup/service.ts';

const limit = 64 * mebibyte;
const reason = await skipReason(fullLoad);
if (reason !== undefined) console.warn(`SKIPPED: the memory of a full load: ${reason}.`);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-memory-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('P9: flat memory', () => {
  it.skipIf(reason !== undefined)(
    `${fullLoad.count} uploads and ${fullLoad.count} downloads of ${fullLoad.size} bytes at once`,
    // A busy machine collects garbage late; the limit itself stays.
    { timeout: 300_000, retry: 2 },
    async () => {
      let tickets: string[] = [];
      const given = await measureRise({ folder, as: 'raw' }, async (service) => {
        // One gift more than draws, so that each ticket finds the gift of another giver.
        const all = await uploadAll(service, { ...fullLoad, count: fullLoad.count + 1 }, 'raw');
        tickets = all.slice(1);
      });
      const moved = await measureRise({ folder, as: 'form', tickets }, (service) =>
        transferAll(service, fullLoad, 'form', tickets),
      );
      const inMebibytes = (bytes: number) => Math.round(bytes / mebibyte);
      console.info(
        `Memory rose by ${inMebibytes(given.bytes)} MiB for uploads (raw), by ` +
          `${inMebibytes(moved.bytes)} MiB for uploads (form) and downloads together.`,
      );
      expect(given.bytes).toBeLessThanOrEqual(limit);
      expect(moved.bytes).toBeLessThanOrEqual(limit);
    },
  );
});

describe('one client', () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  /** Not the uploader's, since the connections of one address share a limit. Only Linux routes all of 127.0.0.0/8 by default. */
  const floodAddress = process.platform === 'linux' ? '127.0.0.9' : '127.0.0.1';
  /** Connections that ask for all of this at once, and read whatever comes. */
  const flood = ({ url }: Service, connections: number, bytes: string): Socket[] =>
    Array.from({ length: connections }, () => {
      const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: floodAddress })
        .on('error', () => undefined)
        .resume();
      socket.write(bytes);
      return socket;
    });
  /** Uploads of another client meanwhile; answers the longest time in milliseconds. */
  const giveMeanwhile = async ({ url }: Service) => {
    let longest = 0;
    for (let i = 0; i < 10; i++) {
      const begun = performance.now();
      const given = await fetch(`${url}/api/exchange?name=a.txt`, { method: 'POST', body: `gift ${Math.random()}` });
      expect(given.ok).toBe(true);
      await given.arrayBuffer();
      longest = Math.max(longest, performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return Math.round(longest);
  };

  it.each([
    ['20,000 requests pipelined on each of four connections', 4, get('/api/pool/stats').repeat(20_000)],
    ['event streams pipelined on a hundred connections', 100, get('/api/pool/events').repeat(200)],
    ['a hundred connections that ask for readiness again and again', 100, get('/health/ready').repeat(100)],
  ])('makes memory grow by 64 MiB at most: %s', { timeout: 120_000, retry: 2 }, async (what, connections, bytes) => {
    const rise = await measureRise({ folder, as: 'raw', settings: { RATE_LIMIT: 'on' } }, async (service) => {
      const sockets = flood(service, connections, bytes);
      console.info(`${what}: the slowest of ten uploads meanwhile took ${await giveMeanwhile(service)} ms.`);
      for (const socket of sockets) socket.destroy();
    });
    console.info(`${what}: memory rose by ${Math.round(rise.bytes / mebibyte)} MiB.`);
    expect(rise.bytes).toBeLessThanOrEqual(limit);
  });
});
