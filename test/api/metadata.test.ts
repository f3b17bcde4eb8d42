/** Metadata is removed from gifts over HTTP: what is stored, what the giver is told, and what is refused. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { give } from '../../src/exchange/give.ts';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import { publicPool } from '../../src/exchange/rules.ts';
import { exifBlock, jpegPicture, jpegSegment } from '../../src/inspection/testing/pictures.ts';
import { closingApps } from '../setup/closing-apps.ts';
import { fileOf, formOf, reconcileTwice, type TestApp } from '../setup/test-app.ts';

const open = closingApps();

const planted = 'Planted Person';
const { start, jfif, coded, end } = jpegPicture;
const photoOf = (scan: Buffer) =>
  Buffer.concat([
    start,
    jfif,
    jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), exifBlock(1, planted)])),
    scan,
    jpegSegment(0xfe, Buffer.from(planted)),
    end,
    Buffer.from(planted),
  ]);
const cleanedOf = (scan: Buffer) => Buffer.concat([start, jfif, scan, end]);
const large = Buffer.concat([coded, Buffer.alloc(200_000, 'coded ')]);
const photo = photoOf(large);
const cleaned = cleanedOf(large);
const sha256 = createHash('sha256').update(cleaned).digest('hex');
const receipt = ['EXIF Model', 'JPEG comment', 'JPEG trailer'];

const codeOf = async (answer: Response) => {
  const { type, reason } = (await answer.json()) as { type: string; reason?: string };
  return [answer.status, type.replace(/^.*#/, ''), reason].join(' ');
};

const withoutCleaner: readonly (readonly [name: string, bytes: string])[] = [
  ['a.pdf', '%PDF-1.7\n%%EOF\n'],
  ['a.heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
  ['a.heif', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'],
  ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['a.htm', '<!doctype html><p>a'],
  ['a.eml', 'From: a@example.org\r\nTo: b@example.org\r\n\r\na\r\n'],
  ['a.ics', 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n'],
  ['a.vcf', 'BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n'],
];

const giveStripped = (app: TestApp, name: string, bytes: Uint8Array | string) =>
  app.upload(name, bytes, { 'exchange-strip-metadata': '1' });

async function drawnBytes(app: TestApp): Promise<Buffer> {
  const answer = await fetch(`${app.url}/api/download`);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

describe('a gift whose metadata is to go', () => {
  it.each<[where: string, scan: Buffer, settings: Record<string, string>]>([
    ['on disk', large, {}],
    ['in the bundle', coded, {}],
    ['encrypted', large, { ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 7).toString('base64')}` }],
  ])('is the cleaned file, with its size and hash, %s', async (_where, scan, settings) => {
    const app = await open(settings);
    const cleaned = cleanedOf(scan);
    const sha256 = createHash('sha256').update(cleaned).digest('hex');
    const answer = await giveStripped(app, 'me.jpg', photoOf(scan));
    expect(await answer.json()).toMatchObject({
      original_filename: 'me.jpg',
      size: cleaned.length,
      sha256,
      removed: receipt,
    });
    expect(await app.blobs()).toHaveLength(1);
    expect(await app.client.poolStats()).toMatchObject({ file_count: 1, strip_metadata: 'ask' });
    expect(await drawnBytes(app)).toEqual(cleaned);
    expect((await app.running.context.ledger.audit()).faults).toEqual([]);
  });

  it('is as it was given if nobody asks', async () => {
    const app = await open();
    const answer = await app.upload('me.jpg', photo, { 'exchange-strip-metadata': '0' });
    expect(await answer.json()).not.toHaveProperty('removed');
    expect(await drawnBytes(app)).toEqual(photo);
  });

  it('is stored once if nothing had to go', async () => {
    const app = await open();
    expect(await (await giveStripped(app, 'clean.jpg', cleaned)).json()).toMatchObject({ sha256, removed: [] });
    expect(await (await giveStripped(app, 'note.txt', 'a note')).json()).toMatchObject({ removed: [] });
    expect(await app.blobs()).toHaveLength(2);
  });

  it('is one gift with its idempotency key, and another one as it is', async () => {
    const app = await open();
    const key = randomBytes(24).toString('base64url');
    const file = fileOf('me.jpg', photo);
    const first = await app.client.give(file, { key, stripMetadata: true });
    expect(first).toMatchObject({ removed: receipt, gift: { sha256 } });
    expect(await app.client.give(file, { key, stripMetadata: true })).toEqual(first);
    await expect(app.client.give(file, { key })).rejects.toMatchObject({ code: 'key-reused' });
    expect(await app.blobs()).toHaveLength(1);
  });

  it('is refused if it cannot be cleaned, before it is stored', async () => {
    const app = await open();
    const unknown = Buffer.concat([Buffer.from([0, 1, 2, 3]), Buffer.alloc(300, 9)]);
    expect(await codeOf(await giveStripped(app, 'data.bin', unknown))).toBe('422 metadata-stays no-cleaner');
    expect(await codeOf(await giveStripped(app, 'note.txt', unknown))).toBe('422 metadata-stays no-cleaner');
    expect(await codeOf(await giveStripped(app, 'page.html', '<html>'))).toBe('422 metadata-stays no-cleaner');
    // The page says so before it asks; see `isUncleanable`.
    for (const [name, bytes] of withoutCleaner)
      expect([name, await codeOf(await giveStripped(app, name, bytes))]).toEqual([
        name,
        '422 metadata-stays no-cleaner',
      ]);
    const cut = await giveStripped(app, 'cut.jpg', photo.subarray(0, 30));
    expect(await codeOf(cut)).toBe('422 metadata-stays damaged-file');
    expect(await app.blobs()).toEqual([]);
    expect(await codeOf(await giveStripped(await open({ BLIND: 'off' }), 'me.jpg', photo))).toBe(
      '422 metadata-stays cleaning-off',
    );
  });

  it('is any gift if the operator says so, with a plain name', async () => {
    const app = await open({ BLIND: 'always' });
    const body = formOf(`${planted}.JPG`, photo);
    const answer = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body,
      headers: { accept: 'application/json' },
    });
    expect(await answer.json()).toMatchObject({ gift: { name: 'photo.jpg', sha256 }, removed: receipt });
    expect(await (await app.upload(planted, 'a note')).json()).toMatchObject({ original_filename: 'note' });
    expect(await codeOf(await app.upload('data.bin', Buffer.from([0, 1, 2, 3])))).toBe('422 metadata-stays no-cleaner');
  });
});

describe('when a fault comes between', () => {
  const offer = () => ({
    pool: publicPool,
    name: 'me.jpg',
    declaredType: undefined,
    bytes: (async function* () {
      yield Buffer.from(photo);
    })(),
    giver: undefined,
    forTicket: false,
    idempotencyKey: undefined,
    stripMetadata: true,
    claim: { maxSize: photo.length, client: undefined },
  });

  it('nothing is kept if the cleaned bytes cannot be stored', async () => {
    const app = await open();
    const { context } = app.running;
    let puts = 0;
    const vault = Object.create(context.vault, {
      put: {
        value: (...of: Parameters<typeof context.vault.put>) => {
          puts += 1;
          return puts === 2 ? Promise.reject(new Error('no disk')) : context.vault.put(...of);
        },
      },
    }) as typeof context.vault;
    await expect(give({ ...context, vault }, offer())).rejects.toThrow('no disk');
    expect(puts).toBe(2);
    expect(await app.blobs()).toEqual([]);
    expect(await app.client.poolStats()).toMatchObject({ file_count: 0 });
  });

  it('the bytes as they were given do not stay if they could not be removed at once', async () => {
    const app = await open();
    const { context } = app.running;
    const vault = Object.create(context.vault, {
      remove: { value: () => Promise.reject(new Error('no disk')) },
    }) as typeof context.vault;
    const { gift } = await give({ ...context, vault }, offer());
    expect(await app.blobs()).toHaveLength(2);
    await app.advanceTime(minStrayAge);
    await reconcileTwice(context);
    expect((await app.blobs()).map((path) => path.slice(-gift.key.length))).toEqual([gift.key]);
  });

  it('nothing is kept if a worker breaks', async () => {
    const app = await open();
    const { context } = app.running;
    const cleaner = { ...context.cleaner, plan: () => Promise.reject(new Error('the worker ended')) };
    await expect(give({ ...context, cleaner }, offer())).rejects.toMatchObject({ code: 'inspection-failing' });
    expect(await app.blobs()).toEqual([]);
  });

  it('the cleaned bytes are inspected too', async () => {
    const app = await open();
    const { context } = app.running;
    const seen: string[] = [];
    const inspectors = [
      {
        name: 'test',
        appliesTo: () => true,
        inspect: async ({ sha256: hash, end: last }: { sha256: string; end: Buffer }) => {
          seen.push(hash);
          if (hash === sha256) throw new Error(last.subarray(-2).toString('hex'));
        },
      },
    ];
    await expect(give({ ...context, inspectors }, offer())).rejects.toMatchObject({
      code: 'inspection-failing',
      cause: { cause: { message: 'ffd9' } },
    });
    expect(seen).toHaveLength(2);
    expect(await app.blobs()).toEqual([]);
  });
});
