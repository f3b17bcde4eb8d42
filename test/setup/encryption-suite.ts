/** The suite of encryption at rest, for every engine and every place of the bytes. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenError } from '../../src/app/environment.ts';
import { readConfig } from '../../src/config/load-settings.ts';
import { createRoomClient } from '../../src/contract/room-client.ts';
import { keyOfText } from '../../src/encryption/sealed-text.ts';
import { openPostgresStore, openSqliteStore } from '../../src/ledger/transfer/raw-store.ts';
import { openReports, readGift } from '../../src/operations/keys/decrypt.ts';
import { encryptExisting } from '../../src/operations/keys/encrypt.ts';
import { rotate } from '../../src/operations/keys/rotate.ts';
import { readStatus } from '../../src/operations/keys/status.ts';
import { type KeysTarget, withTarget, withVault } from '../../src/operations/keys/target.ts';
import { keyOfChecks } from '../../src/vault/encrypted/file-keys.ts';
import { copyChunks } from '../../src/vault/integrity/verify.ts';
import { runDoctor } from './doctor.ts';
import { fileOf, openTestApp, reconcileTwice, type TestApp } from './test-app.ts';

/** Where an exchange keeps its state. */
export interface EncryptedPlace {
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  bytesOf(key: string): Promise<Uint8Array>;
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A key in the form of the setting. */
export const newKeySetting = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

const minute = 60_000;
const sizes = { small: 2_000, large: 300_000 };
const contentOf = (name: string, size: number) => Buffer.from(`${name} is not to be read. `.repeat(size / 20));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function gather<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

export function encryptionSuite(title: string, openPlace: () => Promise<EncryptedPlace>): void {
  describe(title, { timeout: 120_000 }, () => {
    let place: EncryptedPlace;
    let app: TestApp | undefined;
    let log: { readonly msg: string; readonly level: number; readonly key?: string }[];
    const k1 = newKeySetting('k1');
    const k2 = newKeySetting('k2');

    beforeEach(async () => {
      place = await openPlace();
      app = undefined;
      log = [];
    });
    afterEach(async () => {
      await app?.close();
      await place.close();
    });

    const settingsWith = (keys: string | undefined) => ({
      ...place.settings,
      DATA_DIR: place.folder,
      ...(keys === undefined ? {} : { ENCRYPTION_KEYS: keys }),
    });

    async function start(keys: string | undefined): Promise<TestApp> {
      await app?.close();
      app = undefined;
      const write = (line: string) => void log.push(JSON.parse(line));
      const settings = { GRACE: '5m', LOG_LEVEL: 'error', ...settingsWith(keys) };
      app = await openTestApp(settings, { log: { write } }, place.folder);
      return app;
    }

    async function readRows() {
      const { DATABASE_URL = '' } = place.settings;
      const { db } = await (DATABASE_URL === ''
        ? openSqliteStore(join(place.folder, 'ledger.db'))
        : openPostgresStore(DATABASE_URL, false));
      try {
        const columns = ['id', 'key', 'name', 'size', 'checks', 'state', 'sha256'] as const;
        return {
          gifts: await db.selectFrom('gift').select(columns).orderBy('id').execute(),
          reports: await db.selectFrom('report').select(['name', 'note']).execute(),
          rooms: await db.selectFrom('room').select('name').execute(),
        };
      } finally {
        await db.destroy();
      }
    }

    const rowOf = async (bytes: Uint8Array) => {
      const row = (await readRows()).gifts.find((gift) => gift.sha256 === sha256(bytes));
      if (!row) throw new Error('There is no such gift');
      return row;
    };

    const keysTool = <T>(keys: string, work: (target: KeysTarget) => Promise<T>) =>
      withTarget(readConfig([], settingsWith(keys), 'no.env'), true, work);
    const encryptAll = (keys: string) =>
      keysTool(keys, (target) =>
        withVault(readConfig([], settingsWith(keys), 'no.env'), target, (whole) => encryptExisting(whole)),
      );

    /** Draws until the pool is empty. Answers the SHA-256 and the names of what came. */
    async function drawEverything({ url }: TestApp): Promise<Map<string, string>> {
      const came = new Map<string, string>();
      for (let left = 20; left > 0; left -= 1) {
        const answer = await fetch(`${url}/api/download`);
        if (answer.status === 404) return came;
        if (!answer.ok) continue;
        const bytes = await answer.arrayBuffer().catch(() => undefined);
        const name = /filename="?([^";]+)/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
        if (bytes) came.set(sha256(Buffer.from(bytes)), name ?? '');
      }
      return came;
    }

    it('seals the name of a room, encrypts one of before, and rotates its key', async () => {
      const roomsOf = ({ url }: TestApp) => createRoomClient(url);
      const nameInRow = async () => (await readRows()).rooms[0]?.name ?? '';
      const { room } = await roomsOf(await start(undefined)).create({ name: 'Secret club', mode: 'open' });
      expect(await nameInRow()).toBe('Secret club');
      await start(k1);
      await app?.close();
      app = undefined;
      expect((await encryptAll(k1)).texts).toBe(1);
      expect(await nameInRow()).not.toContain('club');
      const both = `${k2},${k1}`;
      expect((await roomsOf(await start(both)).find(room.code)).name).toBe('Secret club');
      expect((await roomsOf(await start(both)).create({ name: 'New club', mode: 'open' })).room.name).toBe('New club');
      expect(await keysTool(both, rotate)).toMatchObject({ rows: 1, retired: ['k1'], left: [], closed: 0 });
      expect((await roomsOf(await start(k2)).find(room.code)).name).toBe('Secret club');
    });

    it.each(Object.entries(sizes))('keeps nothing of a %s gift in the clear, and returns it', async (name, size) => {
      const { upload, client, url } = await start(k1);
      const bytes = contentOf(name, size);
      await upload(`${name} secret.txt`, bytes);
      const row = await rowOf(bytes);
      expect(keyOfText(row.name)).toBe(keyOfChecks(row.checks));
      expect(row.name).not.toContain('secret');
      const stored = Buffer.from(await place.bytesOf(row.key));
      expect(stored.byteLength).toBeGreaterThan(size);
      expect(stored.includes('not to be read')).toBe(false);

      const { ticket } = await client.give(fileOf('mine.txt', 'mine'));
      expect((await client.ticket(ticket)).gift.name).toBe('mine.txt');
      const delivery = await client.draw(ticket);
      expect(delivery?.name).toBe(`${name} secret.txt`);
      const at = `${url}${delivery?.url}`;
      const part = await fetch(at, { headers: { range: `bytes=${size / 2}-${size - 10}` } });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(size / 2, size - 9))).toBe(true);
      expect(Buffer.from(await (await fetch(at)).arrayBuffer()).equals(bytes)).toBe(true);

      await client.report(delivery as { url: string }, { reason: 'other', note: 'a secret note' });
      const [report] = (await readRows()).reports;
      expect(keyOfText(report?.note ?? '')).toBeDefined();
      expect(keyOfText(report?.name ?? '')).toBeDefined();
      const config = readConfig([], settingsWith(k1), 'no.env');
      await withTarget(config, false, async (target) => {
        const reports = await gather(openReports(target));
        expect(reports).toMatchObject([{ key: row.key, name: `${name} secret.txt`, note: 'a secret note' }]);
        const parts = await withVault(config, target, (whole) => gather(copyChunks(readGift(whole, row.key))));
        expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      });
    });

    it('destroys the key of a file with its bytes, so that no copy can be read', async () => {
      const { upload, client, advanceTime } = await start(k1);
      const bytes = contentOf('gone', sizes.large);
      await upload('gone.txt', bytes);
      const before = await rowOf(bytes);
      const copy = await place.bytesOf(before.key);
      const drawn = await client.drawFree();
      await drawn.response.arrayBuffer();
      await client.received(drawn);
      await advanceTime(6 * minute);
      expect((await rowOf(bytes)).checks.byteLength).toBe(0);
      // A thief with the copy, today's ledger and the key still lacks the file's own.
      await place.overwrite(before.key, copy);
      const { vault } = (app as TestApp).running.context;
      const reading = vault.read(before.key, await rowOf(bytes), { start: 0, end: before.size });
      await expect(reading[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'gift-damaged' });
    });

    it('does not start without its keys, and says which', async () => {
      await (await start(k1)).upload('a.txt', contentOf('a', sizes.small));
      const refusal = async (keys: string | undefined) => {
        const error = await start(keys).catch((thrown) => thrown);
        expect(error).toBeInstanceOf(OpenError);
        return (error as Error).message;
      };
      expect(await refusal(undefined)).toMatch(/encrypted with the key "k1", but ENCRYPTION_KEYS is not set/);
      expect(await refusal(k2)).toMatch(/lacks the key "k1"/);
      expect(await refusal(newKeySetting('k1'))).toMatch(/"k1" in ENCRYPTION_KEYS is not the one/);
      expect((await drawEverything(await start(`${k2},${k1}`))).size).toBe(1);
    });

    it('never delivers a swapped, truncated or flipped file, but its ticket draws again', async () => {
      const { upload, client, url } = await start(k1);
      const all = ['swapped 1', 'swapped 2', 'cut', 'flipped'].map((name) => contentOf(name.padEnd(10), sizes.large));
      const rows = [];
      for (const bytes of all) {
        await upload('x.txt', bytes);
        rows.push(await rowOf(bytes));
      }
      const [a, b, cut, flipped] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
      const [ofA, ofB] = [await place.bytesOf(a.key), await place.bytesOf(b.key)];
      await place.overwrite(a.key, ofB);
      await place.overwrite(b.key, ofA);
      await place.overwrite(cut.key, (await place.bytesOf(cut.key)).slice(0, 16_400 + 56));
      const changed = await place.bytesOf(flipped.key);
      await place.overwrite(flipped.key, changed.with(100, (changed[100] ?? 0) ^ 1));
      const sound = contentOf('sound', sizes.large);
      await upload('sound.txt', sound);

      const { ticket } = await client.give(fileOf('mine.txt', 'mine'));
      let came: Buffer | undefined;
      for (let turn = 0; turn < 8 && !came; turn += 1) {
        const delivery = await client.draw(ticket);
        const answer = delivery && (await fetch(url + delivery.url));
        if (answer?.ok) came = Buffer.from(await answer.arrayBuffer());
      }
      expect(came?.equals(sound)).toBe(true);
      await drawEverything(app as TestApp);
      const states = new Map((await readRows()).gifts.map((gift) => [gift.key, gift.state]));
      expect(rows.map(({ key }) => states.get(key))).toEqual(Array(4).fill('quarantined'));
      const told = log.filter(({ msg }) => msg === 'damaged gift quarantined').map(({ key }) => key ?? '');
      expect(told.toSorted()).toEqual(rows.map(({ key }) => key).toSorted());
    });

    it('encrypts what was there before, beside the running service', async () => {
      const plain = await start(undefined);
      const all = [contentOf('one', sizes.small), contentOf('two', sizes.large)];
      for (const [n, bytes] of all.entries()) await plain.upload(`before ${n}.txt`, bytes);
      await expect(encryptAll(k1)).rejects.toThrow(/does not encrypt with "k1" yet/);
      const mixed = await start(k1);
      await mixed.upload('after.txt', contentOf('three', sizes.large));
      expect(await keysTool(k1, readStatus)).toMatchObject({
        keys: [{ files: 1, texts: 1 }],
        plain: { files: 2, texts: 2 },
      });
      const olds = (await readRows()).gifts.map(({ key }) => key);
      expect(await encryptAll(k1)).toMatchObject({ files: 2, waiting: 0, damaged: [] });
      const { gifts } = await readRows();
      for (const gift of gifts) {
        expect(keyOfChecks(gift.checks)).toBeDefined();
        expect(keyOfText(gift.name)).toBeDefined();
        expect(Buffer.from(await place.bytesOf(gift.key)).includes('not to be read')).toBe(false);
      }
      for (const key of olds.slice(0, 2)) expect(await mixed.running.context.vault.has(key)).toBe(false);
      expect(await encryptAll(k1)).toMatchObject({ files: 0, texts: 0, waiting: 0 });
      expect(await reconcileTwice(mixed.running.context)).toMatchObject({ stray: 0, missing: 0 });
      expect(await runDoctor(settingsWith(k1), { options: { share: 1 } })).toMatchObject({
        faults: [],
        notes: ['3 gifts are encrypted.'],
      });
      const came = await drawEverything(mixed);
      for (const [n, bytes] of all.entries()) expect(came.get(sha256(bytes))).toBe(`before ${n}.txt`);
      expect(came.size).toBe(3);
    });

    it('rotates under load, also after a kill half way, and touches no bytes', async () => {
      const first = await start(k1);
      const given = Array.from({ length: 250 }, (_, n) => contentOf(`gift ${n}`, 400));
      await Promise.all(given.map((bytes, n) => first.upload(`${n}.txt`, bytes)));
      await expect(keysTool(`${k2},${k1}`, rotate)).rejects.toThrow(/does not encrypt with "k2" yet/);
      const running = await start(`${k2},${k1}`);
      const key = (await readRows()).gifts[0]?.key ?? '';
      const before = Buffer.from(await place.bytesOf(key));
      const killed = keysTool(`${k2},${k1}`, (target) => {
        let pages = 0;
        const reseal: KeysTarget['ledger']['reseal'] = async (changes) => {
          pages += 1;
          if (pages === 2) throw new Error('killed');
          return target.ledger.reseal(changes);
        };
        return rotate({ ...target, ledger: { ...target.ledger, reseal } });
      });
      const load = async () => {
        for (let n = 0; n < 30; n += 1) {
          await running.upload(`new ${n}.txt`, contentOf(`new ${n}`, 400));
          expect((await fetch(`${running.url}/api/download`)).status).toBe(200);
        }
      };
      await Promise.all([expect(killed).rejects.toThrow('killed'), load()]);
      expect(await keysTool(`${k2},${k1}`, readStatus)).toMatchObject({ keys: [{ id: 'k2' }, { id: 'k1' }] });
      const [result] = await Promise.all([keysTool(`${k2},${k1}`, rotate), load()]);
      expect(result).toMatchObject({ retired: ['k1'], left: [], closed: 0 });
      expect(Buffer.from(await place.bytesOf(key)).equals(before)).toBe(true);
      const alone = await start(k2);
      const status = await keysTool(k2, readStatus);
      expect(status).toMatchObject({ plain: { files: 0, texts: 0 }, unknown: [] });
      let left = 0;
      for (;;) {
        const answer = await fetch(`${alone.url}/api/download`);
        if (answer.status === 404) break;
        expect(answer.status).toBe(200);
        expect(await answer.text()).toContain('not to be read');
        left += 1;
      }
      expect(left).toBe(250);
    });

    it('is examined by the doctor, who touches nothing without its keys', async () => {
      const { upload } = await start(k1);
      const bytes = contentOf('sound', sizes.large);
      await upload('sound.txt', bytes);
      await upload('flipped.txt', contentOf('flipped', sizes.large));
      await upload('cut.txt', contentOf('cut', sizes.large));
      await app?.close();
      app = undefined;
      const repairing = { options: { share: 1, repair: true } };
      for (const keys of [undefined, k2])
        await expect(runDoctor(settingsWith(keys), repairing)).rejects.toThrow(/"k1"/);
      const flipped = await rowOf(contentOf('flipped', sizes.large));
      const changed = await place.bytesOf(flipped.key);
      await place.overwrite(flipped.key, changed.with(40_000, (changed[40_000] ?? 0) ^ 1));
      const cut = await rowOf(contentOf('cut', sizes.large));
      const whole = await place.bytesOf(cut.key);
      // As long as its plaintext, as a file that was never encrypted would be.
      await place.overwrite(cut.key, whole.slice(0, cut.size));
      const { faults } = await runDoctor(settingsWith(k1), repairing);
      const sizesOnDisk = `it has ${cut.size} bytes instead of ${whole.byteLength}`;
      expect(faults).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ kind: 'wrong-size', subject: cut.key, says: sizesOnDisk }),
          expect.objectContaining({ kind: 'damaged', subject: flipped.key }),
        ]),
      );
      expect(new Set(faults.map(({ subject }) => subject))).toEqual(new Set([cut.key, flipped.key]));
      const came = await drawEverything(await start(k1));
      expect([...came.keys()]).toEqual([sha256(bytes)]);
    });
  });
}
