/** Each kind of gift gets its documented verdict over HTTP, and a refused one leaves nothing in the vault. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemBody } from '../../src/contract/problems/problem.ts';
import { compoundFile, overlappingZip, tarArchive, zipArchive } from '../../src/inspection/testing/archives.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const verdictOf = async (answer: Response): Promise<string> => {
  if (answer.ok) return 'accepted';
  const { type, reason, extension } = (await answer.json()) as ProblemBody;
  return [answer.status, type.replace(/^.*#/, ''), reason, extension].filter((part) => part !== undefined).join(' ');
};

const mebibyte = 1024 ** 2;
const elf = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(300)]);
const large = Buffer.alloc(200_000, 'large ');
const program = zipArchive([
  { name: 'readme.txt', bytes: large, method: 0 },
  { name: 'photo.jpg', bytes: elf },
]);
const trailer = (mark: string) => Buffer.concat([large, Buffer.from(mark.padEnd(512, '\0'), 'latin1')]);

describe('a gift is', () => {
  it.each<[name: string, bytes: Uint8Array | string, verdict: string]>([
    ['photos.zip', zipArchive([{ name: 'a.jpg', bytes: large, method: 0 }]), 'accepted'],
    ['locked.zip', zipArchive([{ name: 'a.jpg', bytes: 'x', isEncrypted: true }]), 'accepted'],
    ['letter.doc', compoundFile(['WordDocument', '1Table']), 'accepted'],
    ['letter.docx', zipArchive([{ name: 'word/document.xml', bytes: large }]), 'accepted'],
    ['source.tgz', gzipSync(tarArchive([{ name: 'a.txt', bytes: large }])), 'accepted'],
    ['noise.zip', large, 'accepted'],
    ['setup.zip', zipArchive([{ name: 'setup.exe', bytes: 'x' }]), '415 executable-refused archived-program-name exe'],
    ['photos2.zip', program, '415 executable-refused archived-program'],
    ['song.mp3', Buffer.concat([large, program]), '415 executable-refused archived-program'],
    ['run.tgz', gzipSync(tarArchive([{ name: 'run', bytes: elf }])), '415 executable-refused archived-program'],
    ['run.gz', gzipSync(elf), '415 executable-refused archived-program'],
    ['a.docx', zipArchive([{ name: 'word/vbaProject.bin', bytes: 'x' }]), '415 executable-refused macros'],
    ['a.xls', compoundFile(['Workbook', '_VBA_PROJECT_CUR', 'VBA']), '415 executable-refused macros'],
    ['bomb.zip', overlappingZip(300, mebibyte), '415 archive-refused archive-bomb'],
    ['bomb.gz', gzipSync(Buffer.alloc(257 * mebibyte)), '415 archive-refused archive-bomb'],
    ['holiday.mov', trailer('koly\0\0\0\x04\0\0\x02\0'), '415 executable-refused macos-disk-image'],
    ['film.mov', trailer('conectix\0\0\0\x02'), '415 executable-refused disk-image'],
    ['note.txt', '[InternetShortcut]\nURL=https://example.org\n', '415 executable-refused launcher'],
    ['disc.udf', 'x', '415 executable-refused program-name udf'],
  ])('%s gets its verdict', async (name, bytes, verdict) => {
    const before = await app.blobs();
    expect(await verdictOf(await app.upload(name, bytes))).toBe(verdict);
    expect((await app.blobs()).length - before.length).toBe(verdict === 'accepted' ? 1 : 0);
  });
});

it('an encrypted archive is refused if the operator says so, also where gifts are encrypted at rest', async () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const strict = await openTestApp({ ENCRYPTED_ARCHIVES: 'refuse', ENCRYPTION_KEYS: `a:${key}` });
  try {
    const locked = zipArchive([{ name: 'a.jpg', bytes: large, isEncrypted: true }]);
    expect(await verdictOf(await strict.upload('locked.zip', locked))).toBe('415 archive-refused archive-encrypted');
    expect(await verdictOf(await strict.upload('run.zip', program))).toBe('415 executable-refused archived-program');
    expect(await strict.blobs()).toEqual([]);
    expect(await verdictOf(await strict.upload('photos.zip', zipArchive([{ name: 'a.jpg', bytes: large }])))).toBe(
      'accepted',
    );
  } finally {
    await strict.close();
  }
});

it('many archives at once are inspected one after the other', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `${index}.zip`);
  const verdicts = await Promise.all(
    names.map(async (name, index) =>
      verdictOf(await app.upload(name, index % 2 === 0 ? program : zipArchive([{ name, bytes: 'x' }]))),
    ),
  );
  expect(verdicts).toEqual(
    names.map((_, index) => (index % 2 === 0 ? '415 executable-refused archived-program' : 'accepted')),
  );
});
