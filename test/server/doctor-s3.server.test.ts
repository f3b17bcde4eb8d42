/** `rfx doctor` on a bucket. */
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { drawAll, keysInState, populate, runDoctor } from '../setup/doctor.ts';
import { anyS3, newS3Location, type S3Server } from '../setup/s3.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { openTestApp } from '../setup/test-app.ts';

const server = anyS3();
const { place } = scratchFolder();

describe.skipIf(server === undefined)('rfx doctor on S3', () => {
  it('finds damage in the bucket, writes nothing without --repair, and repairs it', async () => {
    const bucket = await newS3Location(server as S3Server);
    const settings = {
      DATA_DIR: place('data'),
      S3_BUCKET: bucket.bucket,
      S3_ENDPOINT: bucket.endpoint,
      S3_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
      S3_PREFIX: bucket.prefix,
    };
    const app = await openTestApp(settings, {}, place('data'));
    const tickets = await populate(app);
    await app.close();
    expect(await runDoctor(settings, { options: { share: 1 } })).toMatchObject({ faults: [] });

    const nameOf = (key: string) => `${bucket.prefix}gifts/${key.slice(0, 2)}/${key}`;
    const gifts = keysInState('pooled', place('data')).map(nameOf);
    const [gone = '', short = '', changed = ''] = gifts;
    await bucket.overwrite(gone, undefined);
    await bucket.overwrite(short, Buffer.from('short'));
    const bytes = await bucket.bytesOf(changed);
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    await bucket.overwrite(changed, bytes);
    const stray = `ab${'0'.repeat(30)}`;
    await bucket.overwrite(nameOf(stray), Buffer.from('stray'));
    await bucket.overwrite(`${bucket.prefix}probes/old`, Buffer.from('probe'));
    await bucket.overwrite(`${bucket.prefix}notes.txt`, Buffer.from('mine'));
    const half = { Bucket: bucket.bucket, Key: nameOf(`cd${'0'.repeat(30)}`) };
    await bucket.client.send(new CreateMultipartUploadCommand(half));
    const before = await bucket.names();

    const seen = await runDoctor(settings, { options: { share: 1 } });
    expect(seen.faults.map(({ kind }) => kind).toSorted()).toEqual([
      'damaged',
      'leftover',
      'leftover',
      'missing',
      'stray',
      'wrong-size',
    ]);
    expect(seen.notes).toEqual([`${bucket.prefix}notes.txt in the vault is none of the exchange's.`]);
    expect(await bucket.names()).toEqual(before);

    expect((await runDoctor(settings, { options: { share: 1, repair: true } })).left).toEqual([]);
    expect(await runDoctor(settings, { options: { share: 1 } })).toMatchObject({ faults: [] });
    const again = await openTestApp(settings, {}, place('data'));
    expect(await drawAll(again, tickets)).toBe(4);
    await again.close();
    await expect(runDoctor({ ...settings, S3_PREFIX: 'nowhere/' })).rejects.toThrow('no id');
  });
});
