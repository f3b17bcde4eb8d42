import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compoundFile, endRecord, overlappingZip, tarArchive, zipArchive } from '../testing/archives.ts';
import { type ArchiveLimits, inspectionLimits, type Refusal, Refused } from './budget.ts';
import { sourceOfBuffer } from './byte-source.ts';
import { inspectArchive } from './inspect-archive.ts';

/** The reason of a refusal, with the extension if there is one; undefined if the file passes. */
async function verdict(
  bytes: Uint8Array,
  allowsEncrypted = true,
  limits: Partial<ArchiveLimits> = {},
): Promise<string | undefined> {
  try {
    await inspectArchive(sourceOfBuffer(Buffer.from(bytes)), allowsEncrypted, { ...inspectionLimits, ...limits });
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { reason, extension }: Refusal = error.refusal;
    return extension === undefined ? reason : `${reason} ${extension}`;
  }
}

const elf = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(300)]);
const notes = { name: 'notes.txt', bytes: 'hello' };
const docx = zipArchive([
  { name: '[Content_Types].xml', bytes: '<Types/>' },
  { name: 'word/document.xml', bytes: 'x' },
]);
const nested = (levels: number, inner: Buffer): Buffer =>
  levels === 0 ? inner : zipArchive([{ name: 'inner.zip', bytes: nested(levels - 1, inner) }]);
const mebibyte = 1024 ** 2;

describe('an ordinary file passes', () => {
  test.each<[what: string, bytes: Uint8Array]>([
    ['a ZIP', zipArchive([notes, { name: 'folder/' }, { name: 'photo.jpg', bytes: Buffer.alloc(9999, 7), method: 0 }])],
    ['an empty ZIP', zipArchive([])],
    ['a document', docx],
    [
      'a ZIP of documents',
      zipArchive([
        { name: 'a.docx', bytes: docx },
        { name: 'b.docx', bytes: docx, method: 0 },
      ]),
    ],
    ['a ZIP that is cut', zipArchive([notes]).subarray(0, 40)],
    ['a ZIP behind other bytes', Buffer.concat([Buffer.alloc(500, 'x'), zipArchive([notes])])],
    ['a ZIP of zeros', zipArchive([{ name: 'zeros.bin', bytes: Buffer.alloc(20 * mebibyte) }])],
    ['an encrypted ZIP', zipArchive([{ ...notes, isEncrypted: true }])],
    ['archives inside one another', nested(5, zipArchive([notes]))],
    ['a tar', tarArchive([notes, { name: 'folder/', type: '5' }])],
    ['a packed tar', gzipSync(tarArchive([notes]))],
    ['a packed text', gzipSync('hello')],
    ['a packed file that is cut', gzipSync(Buffer.alloc(9999, 'hello')).subarray(0, 30)],
    ['an old document', compoundFile(['WordDocument', '1Table', 'ObjectPool', 'Data', 'SummaryInformation'])],
    ['a site with a folder named after its domain', zipArchive([{ name: 'example.com/index.html', bytes: 'x' }])],
    ['noise', Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7919) % 251))],
  ])('%s', async (_, bytes) => {
    expect(await verdict(bytes)).toBeUndefined();
  });
});

describe('a program inside is refused', () => {
  test.each<[what: string, bytes: Uint8Array, reason: string]>([
    ['by name', zipArchive([notes, { name: 'a/setup.exe', bytes: 'x' }]), 'archived-program-name exe'],
    ['by a disguised name', zipArchive([{ name: 'invoice.pdf.js', bytes: 'x' }]), 'archived-program-name js'],
    [
      'by a name that only the local header tells',
      zipArchive([{ name: 'a.txt', bytes: 'x', localName: 'a.exe' }]),
      'archived-program-name exe',
    ],
    [
      'by a name in an extra field',
      zipArchive([{ name: 'a.txt', bytes: 'x', unicodeName: 'a.exe' }]),
      'archived-program-name exe',
    ],
    ['as a launcher', zipArchive([{ name: 'open me.url', bytes: 'x' }]), 'archived-program-name url'],
    [
      'as a macOS application',
      zipArchive([{ name: 'My.app/Contents/Info.plist', bytes: 'x' }]),
      'archived-program-name app',
    ],
    ['by its bytes, stored', zipArchive([{ name: 'a.txt', bytes: elf, method: 0 }]), 'archived-program'],
    ['by its bytes, deflated', zipArchive([{ name: 'a.txt', bytes: elf }]), 'archived-program'],
    [
      'in an encrypted ZIP, by name',
      zipArchive([{ name: 'a.exe', bytes: 'x', isEncrypted: true }]),
      'archived-program-name exe',
    ],
    [
      'behind other bytes',
      Buffer.concat([Buffer.alloc(500, 'x'), zipArchive([{ name: 'a.exe' }])]),
      'archived-program-name exe',
    ],
    ['in archives inside one another', nested(4, zipArchive([{ name: 'a.exe' }])), 'archived-program-name exe'],
    [
      'in a stored ZIP',
      zipArchive([{ name: 'a.zip', method: 0, bytes: zipArchive([{ name: 'a.txt', bytes: elf }]) }]),
      'archived-program',
    ],
    ['in a tar by name', tarArchive([notes, { name: 'bin/run.sh', bytes: 'x' }]), 'archived-program-name sh'],
    [
      'in a tar by a long name',
      tarArchive([{ name: 'long', type: 'L', bytes: `${'d/'.repeat(99)}a.exe\0` }, notes]),
      'archived-program-name exe',
    ],
    [
      'in a tar by an attribute',
      tarArchive([{ name: 'x', type: 'x', bytes: '14 path=a.exe\n' }, notes]),
      'archived-program-name exe',
    ],
    ['in a tar by its bytes', tarArchive([notes, { name: 'run', bytes: elf }]), 'archived-program'],
    ['in a packed tar', gzipSync(tarArchive([notes, { name: 'run', bytes: elf }])), 'archived-program'],
    ['packed alone', gzipSync(elf), 'archived-program'],
    ['packed twice', gzipSync(gzipSync(elf)), 'archived-program'],
    ['in a packed ZIP', gzipSync(zipArchive([{ name: 'a.exe' }])), 'archived-program-name exe'],
    [
      'in a tar that ends as a ZIP',
      Buffer.concat([tarArchive([notes]), zipArchive([{ name: 'a.exe' }])]),
      'archived-program-name exe',
    ],
    [
      'in a ZIP whose comment pretends to be empty',
      zipArchive([{ name: 'a.exe', bytes: 'x' }], endRecord(0, 0, 0).toString('latin1')),
      'archived-program-name exe',
    ],
  ])('%s', async (_, bytes, reason) => {
    expect(await verdict(bytes)).toBe(reason);
  });
});

describe('macros are refused', () => {
  const macros = zipArchive([
    { name: '[Content_Types].xml', bytes: 'x' },
    { name: 'word/vbaProject.bin', bytes: 'x' },
  ]);

  const record = (type: number, data: Buffer) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(type, 0);
    head.writeUInt16LE(data.length, 2);
    return Buffer.concat([head, data]);
  };
  /** A workbook with a sheet of this type behind a long record, and then the end of the sheets' list. */
  const workbook = (sheet: number) =>
    compoundFile(
      ['Workbook', 'a', 'b'],
      Buffer.concat([
        record(0x809, Buffer.alloc(16)),
        record(0xfc, Buffer.alloc(1500, 0x85)),
        record(0x85, Buffer.from([0, 0, 0, 0, 0, sheet, 1, 0, 65])),
        record(0x0a, Buffer.alloc(0)),
        record(0x85, Buffer.from([0, 0, 0, 0, 0, 1, 1, 0, 65])),
      ]),
    );
  const filesOf = (...names: string[]) => zipArchive(names.map((name) => ({ name, bytes: 'x' })));
  const openDocument = ['mimetype', 'content.xml', 'META-INF/manifest.xml'];

  test.each<[what: string, bytes: Uint8Array, reason: string]>([
    ['in a document of any name', macros, 'macros'],
    ['of Excel 4.0', filesOf('xl/workbook.xml', 'xl/macrosheets/sheet1.xml'), 'macros'],
    ['in an OpenDocument text', filesOf(...openDocument, 'Basic/Standard/Module1.xml'), 'macros'],
    ['in an OpenDocument text, as a script', filesOf('Scripts/python/a.py', ...openDocument), 'macros'],
    ['in an old document', compoundFile(['WordDocument', '1Table', 'Macros', 'VBA', 'dir', '_VBA_PROJECT']), 'macros'],
    ['in an old workbook', compoundFile(['Workbook', '_VBA_PROJECT_CUR', 'VBA']), 'macros'],
    ['of Excel 4.0 in an old workbook', workbook(1), 'macros'],
    ['in a document in a ZIP', zipArchive([{ name: 'a.docx', bytes: macros }]), 'archived-program'],
    ['in an old document in a ZIP', zipArchive([{ name: 'a.doc', bytes: compoundFile(['VBA']) }]), 'archived-program'],
    ['by the name of a document in a ZIP', zipArchive([{ name: 'a.docm' }]), 'archived-program'],
  ])('%s', async (_, bytes, reason) => {
    expect(await verdict(bytes)).toBe(reason);
  });

  test.each([
    ['an OpenDocument text with an empty library', filesOf(...openDocument, 'Basic/Standard/script-lb.xml')],
    ['an old workbook without them', workbook(0)],
    ['an archive with folders of the same names', filesOf('Basic/Standard/Module1.xml', 'xl/macrosheets/a.xml')],
  ])('%s is accepted', async (_, bytes) => {
    expect(await verdict(bytes)).toBeUndefined();
  });

  test('a directory that is a circle ends', async () => {
    const circle = compoundFile(['Workbook', 'a', 'b', 'c', 'd']);
    circle.writeUInt32LE(1, 512 + 2 * 4);
    expect(await verdict(circle)).toBeUndefined();
  });
});

describe('a bomb is refused', () => {
  const zeros = Buffer.alloc(3 * mebibyte);
  const limits = { minBombSize: 2 * mebibyte };

  test.each<[what: string, bytes: () => Uint8Array, reason: string]>([
    ['of one entry', () => zipArchive([{ name: 'zeros', bytes: zeros }]), 'archive-bomb'],
    ['of overlapping entries', () => overlappingZip(3, 1024), 'archive-bomb'],
    ['of a huge declared size', () => zipArchive([{ ...notes, declaredSize: 0xfffffff0 }]), 'archive-bomb'],
    [
      'of a small declared size',
      () => zipArchive([{ name: 'a', bytes: Buffer.alloc(99_999), declaredSize: 10 }]),
      'archive-bomb',
    ],
    ['inside archives', () => nested(3, zipArchive([{ name: 'zeros', bytes: zeros }])), 'archive-bomb'],
    ['of gzip', () => gzipSync(zeros), 'archive-bomb'],
    ['of gzip of gzip', () => gzipSync(gzipSync(zeros)), 'archive-bomb'],
    ['of a packed tar', () => gzipSync(tarArchive([{ name: 'zeros', bytes: zeros }])), 'archive-bomb'],
    ['of too many levels', () => nested(6, zipArchive([notes])), 'archive-too-deep'],
  ])('%s', async (_, bytes, reason) => {
    expect(await verdict(bytes(), true, limits)).toBe(reason);
  });

  test('an archive of more than is looked through is refused', async () => {
    const many = zipArchive([notes, notes, notes]);
    expect(await verdict(many, true, { maxEntries: 3 })).toBeUndefined();
    expect(await verdict(many, true, { maxEntries: 2 })).toBe('archive-too-large');
    const long = Buffer.concat(Array.from({ length: 3000 }, (_, index) => Buffer.alloc(512, `${index} `)));
    const packed = gzipSync(tarArchive([{ name: 'long.txt', bytes: long }]));
    expect(await verdict(packed, true, { maxStreamed: mebibyte })).toBe('archive-too-large');
    expect(await verdict(gzipSync(long), true, { maxStreamed: mebibyte })).toBeUndefined();
  });
});

test('an encrypted archive is refused where the operator says so', async () => {
  expect(await verdict(zipArchive([notes, { ...notes, isEncrypted: true }]), false)).toBe('archive-encrypted');
  expect(await verdict(zipArchive([notes]), false)).toBeUndefined();
});
