import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../test/clients/seeded-random.ts';
import { sourceOfBuffer } from '../archive/byte-source.ts';
import { findDirectories, localEntry, zipEntries } from '../archive/zip-entries.ts';
import { type ZipMember, zipArchive } from '../testing/archives.ts';
import { exifBlock, jpegPicture, jpegSegment } from '../testing/pictures.ts';
import { cleanFile } from './clean-file.ts';
import { MetadataStays } from './draft.ts';

const planted = 'Planted Person';

async function clean(bytes: Buffer, source = sourceOfBuffer(bytes)) {
  const { pieces, removed } = await cleanFile(source, 'zip');
  const parts = pieces.map((piece) => {
    if ('to' in piece) return bytes.subarray(piece.from, piece.to);
    return 'bytes' in piece ? piece.bytes : Buffer.alloc(piece.zeros);
  });
  return { bytes: Buffer.concat(parts), removed, pieces };
}

/** The members of an archive, unpacked. */
async function membersOf(bytes: Buffer): Promise<Record<string, string>> {
  const source = sourceOfBuffer(bytes);
  const [directory] = await findDirectories(source);
  const members: Record<string, string> = {};
  if (!directory) return members;
  for await (const entry of zipEntries(source, directory)) {
    const start = (await localEntry(source, entry))?.start ?? 0;
    const packed = bytes.subarray(start, start + entry.packedSize);
    members[entry.names[0] ?? ''] = (entry.method === 8 ? inflateRawSync(packed) : packed).toString('latin1');
  }
  return members;
}

const { start, jfif, coded, end } = jpegPicture;
const exif = jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), exifBlock(1, planted)]));
const photo = Buffer.concat([start, jfif, exif, coded, end]);
const cleanPhoto = Buffer.concat([start, jfif, coded, end]);

const office: ZipMember[] = [
  {
    name: '[Content_Types].xml',
    bytes:
      '<Types><Default Extension="xml"/><Override PartName="/docProps/core.xml" ContentType="a"/>' +
      '<Override PartName="/word/people.xml" ContentType="b"/><Override PartName="/word/document.xml" ContentType="c"/></Types>',
  },
  {
    name: '_rels/.rels',
    bytes:
      '<Relationships><Relationship Id="1" Target="docProps/core.xml"/><Relationship Id="2" Target="word/document.xml"/></Relationships>',
  },
  { name: 'docProps/core.xml', bytes: `<dc:creator>${planted}</dc:creator>` },
  { name: 'docProps/app.xml', bytes: `<Company>${planted}</Company>` },
  { name: 'docProps/custom.xml', bytes: planted },
  { name: 'docProps/thumbnail.jpeg', bytes: photo },
  { name: 'customXml/item1.xml', bytes: planted },
  { name: 'word/people.xml', bytes: planted },
  {
    name: 'word/_rels/document.xml.rels',
    bytes:
      '<Relationships><Relationship Id="1" Target="../customXml/item1.xml"></Relationship><Relationship Id="2" Target="media/a.jpg"/>' +
      '<Relationship Id="3" Target="people.xml"/></Relationships>',
  },
  {
    name: 'word/_rels/settings.xml.rels',
    bytes: `<Relationships><Relationship Id="1" Type="x/attachedTemplate" Target="file:///C:/${planted}.dotm"/></Relationships>`,
  },
  {
    name: 'word/settings.xml',
    bytes:
      '<w:settings><w:attachedTemplate r:id="1"/><w:rsids><w:rsidRoot w:val="00AB"/><w:rsid w:val="00CD"/></w:rsids></w:settings>',
  },
  {
    name: 'word/document.xml',
    bytes: `<w:p w:rsidR="00AB"><w:ins w:id="1" w:author="${planted}" w:date="2026-01-02T03:04:05Z"><w:t>Text</w:t></w:ins></w:p>`,
  },
  {
    name: 'word/comments.xml',
    bytes: `<w:comment w:author='${planted}' w:initials="PP" w:date="2026-01-02T03:04:05Z"/>`,
  },
  { name: 'ppt/commentAuthors.xml', bytes: `<p:cmAuthor id="0" name="${planted}" initials="PP"/>` },
  { name: 'xl/comments1.xml', bytes: `<authors><author>${planted}</author></authors>` },
  { name: 'xl/persons/person.xml', bytes: `<person displayName="${planted}" id="{1}" userId="${planted}"/>` },
  {
    name: 'xl/workbook.xml',
    bytes: `<x15ac:absPath url="C:\\${planted}\\" xmlns:x15ac="x"/><tab displayName="Table1"/>`,
  },
  { name: 'word/media/a.jpg', bytes: photo },
];

const document: ZipMember[] = [
  { name: 'mimetype', bytes: 'application/vnd.oasis.opendocument.text', method: 0 },
  {
    name: 'META-INF/manifest.xml',
    bytes:
      '<m><manifest:file-entry manifest:full-path="meta.xml"/><manifest:file-entry manifest:full-path="content.xml"/></m>',
  },
  { name: 'meta.xml', bytes: planted },
  { name: 'Thumbnails/thumbnail.png', bytes: planted },
  {
    name: 'content.xml',
    bytes: `<office:annotation><dc:creator>${planted}</dc:creator><dc:date>2026-01-02T03:04:05</dc:date><text:p>Note</text:p></office:annotation><style officeooo:rsid="00ab"/>`,
  },
  {
    name: 'settings.xml',
    bytes: `<s><config:config-item config:name="PrinterName" config:type="string">${planted}</config:config-item></s>`,
  },
];

const book: ZipMember[] = [
  { name: 'mimetype', bytes: 'application/epub+zip', method: 0 },
  {
    name: 'book.opf',
    bytes: `<metadata><dc:title>Title</dc:title><dc:creator id="c">${planted}</dc:creator><dc:date/><meta name="cover" content="x"/><meta name="generator" content="${planted}"/><meta property="role">${planted}</meta><meta property="dcterms:modified">2026-01-02T03:04:05Z</meta></metadata>`,
  },
  { name: 'toc.ncx', bytes: `<ncx><docAuthor><text>${planted}</text></docAuthor></ncx>` },
  { name: 'a.xhtml', bytes: `<head><meta charset="utf-8"/><meta name="author" content="${planted}"/></head>Chapter` },
  { name: 'reader/calibre_bookmarks.txt', bytes: planted },
];

describe('a document is cleaned', () => {
  it('in the formats of Office', async () => {
    const { bytes, removed } = await clean(zipArchive(office));
    const members = await membersOf(bytes);
    expect(Object.values(members).join()).not.toMatch(/Planted|"PP"|2026|rsidR|00AB/);
    expect(Object.keys(members)).toEqual(
      office.map(({ name }) => name).filter((name) => !/docProps|custom|people/.test(name)),
    );
    expect(members['[Content_Types].xml']).toBe(
      '<Types><Default Extension="xml"/><Override PartName="/word/document.xml" ContentType="c"/></Types>',
    );
    expect(members['_rels/.rels']).toBe(
      '<Relationships><Relationship Id="2" Target="word/document.xml"/></Relationships>',
    );
    expect(members['word/_rels/document.xml.rels']).toBe(
      '<Relationships><Relationship Id="2" Target="media/a.jpg"/></Relationships>',
    );
    expect(members['word/document.xml']).toBe(
      '<w:p><w:ins w:id="1" w:author="Author" w:date="1970-01-01T00:00:00Z"><w:t>Text</w:t></w:ins></w:p>',
    );
    expect(members['word/settings.xml']).toBe('<w:settings><w:rsids></w:rsids></w:settings>');
    expect(members['xl/workbook.xml']).toBe('<tab displayName="Table1"/>');
    expect(members['word/media/a.jpg']).toBe(cleanPhoto.toString('latin1'));
    expect(removed).toContain('ZIP properties');
    expect(removed).toContain('EXIF Model');
    expect(removed.join()).not.toContain('Planted');
  });

  it('in OpenDocument', async () => {
    const members = await membersOf((await clean(zipArchive(document))).bytes);
    expect(members).toEqual({
      mimetype: 'application/vnd.oasis.opendocument.text',
      'META-INF/manifest.xml': '<m><manifest:file-entry manifest:full-path="content.xml"/></m>',
      'content.xml':
        '<office:annotation><dc:creator>Author</dc:creator><dc:date>1970-01-01T00:00:00</dc:date><text:p>Note</text:p></office:annotation><style/>',
      'settings.xml': '<s></s>',
    });
  });

  it('in EPUB', async () => {
    const members = await membersOf((await clean(zipArchive(book))).bytes);
    expect(members).toEqual({
      mimetype: 'application/epub+zip',
      'book.opf':
        '<metadata><dc:title>Title</dc:title><meta name="cover" content="x"/><meta property="dcterms:modified">1970-01-01T00:00:00Z</meta></metadata>',
      'toc.ncx': '<ncx></ncx>',
      'a.xhtml': '<head><meta charset="utf-8"/></head>Chapter',
    });
  });

  it('as an archive, with the pictures and archives in it, and what stays is not packed again', async () => {
    const text = Buffer.from('a text that stays '.repeat(20));
    const inner = zipArchive([{ name: 'b.jpg', bytes: photo, method: 0 }]);
    const archive = zipArchive([
      { name: 'a.txt', bytes: text },
      { name: 'inner.zip', bytes: inner },
      { name: '.DS_Store', bytes: planted },
    ]);
    const commented = Buffer.concat([archive, Buffer.from(planted)]);
    commented.writeUInt16LE(planted.length, archive.length - 2);
    const { bytes, removed } = await clean(commented);
    expect(bytes.includes(deflateRawSync(text))).toBe(true);
    expect(bytes.includes('Planted')).toBe(false);
    const members = await membersOf(bytes);
    expect(Object.keys(members)).toEqual(['a.txt', 'inner.zip']);
    expect(await membersOf(Buffer.from(members['inner.zip'] ?? '', 'latin1'))).toEqual({
      'b.jpg': cleanPhoto.toString('latin1'),
    });
    expect(removed).toContain('EXIF Model');
  });

  it('with stored pictures that are larger than what may be unpacked, in small reads', {
    timeout: 60_000,
  }, async () => {
    const scan = Buffer.alloc(9 * 1024 ** 2, 0x55);
    const large = Buffer.concat([start, jfif, exif, coded, scan, end]);
    const cleanLarge = Buffer.concat([start, jfif, coded, scan, end]);
    const names = ['word/media/1.jpg', 'word/media/2.jpg', 'word/media/3.jpg'];
    const archive = zipArchive([...names.map((name) => ({ name, bytes: large, method: 0 as const })), ...office]);
    let widest = 0;
    const { bytes, pieces } = await clean(archive, {
      size: archive.length,
      read: async (from, to) => {
        widest = Math.max(widest, to - from);
        return archive.subarray(from, to);
      },
    });
    expect(widest).toBeLessThanOrEqual(1024 ** 2);
    const written = pieces.map((piece) => ('bytes' in piece ? piece.bytes.length : 0));
    expect(Math.max(...written)).toBeLessThan(64 * 1024);
    const members = await membersOf(bytes);
    const wanted = cleanLarge.toString('latin1');
    expect(names.filter((name) => members[name] !== wanted)).toEqual([]);
    // The checksum in the first local header.
    expect(bytes.readUInt32LE(14)).toBe(crc32(cleanLarge));
  });

  it.each(Object.entries({ office, document, book }))(
    'once: what is clean stays as it is (%s)',
    async (_name, members) => {
      const { bytes } = await clean(zipArchive(members));
      const again = await clean(bytes);
      expect(again.removed).toEqual([]);
      expect(again.pieces).toEqual([{ from: 0, to: bytes.length }]);
    },
  );

  it.each<[why: string, reason: string, members: ZipMember[]]>([
    ['a file of another format', 'no-cleaner', [{ name: 'a.dat', bytes: '\0\0' }]],
    ['an encrypted file', 'damaged-file', [{ name: 'a.txt', bytes: 'x', isEncrypted: true }]],
    [
      'a part in UTF-16',
      'damaged-file',
      [...office, { name: 'word/x.xml', bytes: Buffer.from([0xff, 0xfe, 0x3c, 0]) }],
    ],
    ['an encrypted part', 'damaged-file', [...document, { name: 'x.xml', bytes: '<manifest:encryption-data/>' }]],
    ['a size that is wrong', 'damaged-file', [{ name: 'a.jpg', bytes: photo, declaredSize: photo.length - 1 }]],
  ])('but not with %s in it', async (_why, reason, members) => {
    await expect(clean(zipArchive(members))).rejects.toMatchObject({ reason });
  });
});

describe('a hostile document', () => {
  it.each(Object.entries({ office, document, book }))(
    'of 1,000 random changes throws no other error (%s)',
    async (_name, members) => {
      const { below } = createSeededRandom('documents');
      const dirty = zipArchive(members);
      for (let round = 0; round < 1_000; round++) {
        const bytes = Buffer.from(dirty);
        for (let change = 0; change < 4; change++) bytes[below(bytes.length)] = below(256);
        const outcome = await clean(bytes).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MetadataStays);
      }
    },
  );

  it.each(['<w:rsids>', '<author ', ' w:author="', '<Relationship Target="a" ', '<w:rsid ', '<x name='])(
    'that repeats %j 200,000 times takes linear time',
    async (piece) => {
      const bytes = piece.repeat(200_000);
      const began = performance.now();
      await clean(zipArchive([...office, { name: 'ppt/authors.xml', bytes }, { name: 'word/_rels/x.rels', bytes }]));
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );
});
