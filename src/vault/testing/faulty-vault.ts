/** A vault in a bucket behind a faulty network, for each test. */
import { afterEach, beforeEach, expect } from 'vitest';
import { type FaultyS3, type S3Fault, type S3Request, startFaultyS3 } from '../../../test/setup/faulty-s3.ts';
import { anyS3, newS3Location, region, type S3Location } from '../../../test/setup/s3.ts';
import { defaultRetryPolicy } from '../s3/retry.ts';
import { openS3Vault } from '../s3/s3-vault.ts';
import type { StoredFacts, Vault } from '../vault.ts';
import { newFolder, removeFolders } from './recording-fs.ts';
import { chunks, collect, newKey, sample } from './samples.ts';

export const mebibyte = 1024 * 1024;

/** The default policy with shorter times. */
export const policy = {
  ...defaultRetryPolicy,
  maxAttempts: 4,
  stallTimeout: 1_000,
  maxElapsed: 4_000,
  initialPause: 20,
};
const partSize = 5 * mebibyte;

/** Undefined if the tests have no S3 server. */
export const server = anyS3();

let place: S3Location;
export let faulty: FaultyS3;
export let vault: Vault;

/** Opens a vault before each test of a `describe`. */
export function useFaultyVault(): void {
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
}

export const is =
  (method: string, part = '/gifts/') =>
  (asked: S3Request) =>
    asked.method === method && asked.url.includes(part);
export const always = (matches: (asked: S3Request) => boolean, fault: S3Fault) => (asked: S3Request) =>
  matches(asked) ? fault : undefined;

export async function put(size: number, key = newKey()) {
  const bytes = sample(size);
  const stored = await vault.put(key, chunks(bytes, [100_000]));
  return { key, bytes, stored };
}
export const read = (key: string, stored: StoredFacts, start = 0) =>
  collect(vault.read(key, stored, { start, end: stored.size }));
export const giftNames = async () => (await place.names()).filter((name) => name.includes('/gifts/'));
export const failing = { code: 'storage-failing' };

/** Expects a failure within the time that the policy allows. */
export async function expectFailure(work: Promise<unknown>, expected: object = failing): Promise<void> {
  const begun = performance.now();
  // Maps the result to a string, because printing all bytes would exhaust the memory.
  await expect(work.then(() => 'no failure')).rejects.toMatchObject(expected);
  expect(performance.now() - begun).toBeLessThan(policy.maxElapsed + 5 * policy.stallTimeout);
}
