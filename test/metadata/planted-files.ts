/** Files with planted names in every field that exiftool, sox, the encoders of Ogg and ImageMagick write, and in documents made part by part. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

const run = promisify(execFile);

/** Names that occur in no real file. */
export const plantedNames: readonly string[] = Array.from(
  { length: 20 },
  (_, n) => `Planted${'QXZVKJWYGH'[n % 10]}${n}`,
);

const name = (n: number) => plantedNames[n % plantedNames.length] as string;

/** Fields of pictures, each with another name. */
const pictureFields = (n: number): string[] => [
  `-EXIF:Artist=${name(n)}`,
  `-EXIF:Copyright=${name(n + 1)}`,
  `-EXIF:Make=${name(n + 2)}`,
  `-EXIF:Model=${name(n + 3)}`,
  `-EXIF:Software=${name(n + 4)}`,
  `-EXIF:UserComment=${name(n + 5)}`,
  `-EXIF:XPAuthor=${name(n + 6)}`,
  `-EXIF:ImageUniqueID=${name(n + 7)}`,
  `-EXIF:SerialNumber=${name(n + 8)}`,
  `-EXIF:DateTimeOriginal=2024:05:06 07:08:09`,
  '-EXIF:GPSLatitude=48.2',
  '-EXIF:GPSLatitudeRef=N',
  '-EXIF:GPSLongitude=16.3',
  '-EXIF:GPSLongitudeRef=E',
  `-XMP-dc:Creator=${name(n + 9)}`,
  `-XMP-dc:Title=${name(n + 10)}`,
  `-XMP-xmp:CreatorTool=${name(n + 11)}`,
  `-XMP-iptcExt:LocationShownCity=${name(n + 12)}`,
  `-XMP-photoshop:City=${name(n + 13)}`,
  `-IPTC:By-line=${name(n + 14)}`,
  `-IPTC:City=${name(n + 15)}`,
  `-Comment=${name(n + 16)}`,
  `-PNG:Author=${name(n + 17)}`,
  `-PNG:Software=${name(n + 18)}`,
];

const pictures = ['jpg', 'png', 'tif', 'gif', 'webp'];
const sounds = ['mp3', 'flac', 'wav', 'ogg', 'opus'];

/** Makes `each` files of every format in a folder. Needs ImageMagick, exiftool, sox, oggenc and opusenc. */
export async function plantFiles(folder: string, each: number): Promise<readonly string[]> {
  const files: string[] = [];
  for (let n = 0; n < each; n++) {
    for (const extension of pictures) files.push(await plantPicture(join(folder, `picture-${n}.${extension}`), n));
    for (const extension of sounds)
      files.push(await (plantOgg[extension] ?? plantSound)(join(folder, `sound-${n}.${extension}`), n));
    for (const [extension, parts] of Object.entries(documents(n)))
      files.push(await plantZip(join(folder, `document-${n}.${extension}`), parts));
    const photo = join(folder, `picture-${n}.jpg`);
    files.push(
      await plantZip(join(folder, `archive-${n}.zip`), { 'photo.jpg': await readFile(photo), 'a.txt': 'text' }),
    );
  }
  return files;
}

async function plantPicture(path: string, n: number): Promise<string> {
  const size = `${40 + n}x${30 + 2 * n}`;
  await run('convert', ['-size', size, `plasma:red-${n % 2 ? 'blue' : 'green'}`, '-set', 'comment', name(n), path]);
  // Fields that a format does not have are left out, with a warning.
  await run('exiftool', ['-q', '-q', '-m', '-overwrite_original', ...pictureFields(n), path]).catch(() => undefined);
  return path;
}

async function plantSound(path: string, n: number): Promise<string> {
  const tags = ['Artist', 'Title', 'Album', 'Comment'].flatMap((tag, at) => [
    '--add-comment',
    `${tag}=${name(n + at)}`,
  ]);
  await run('sox', ['-n', '-r', '8000', '-c', '1', ...tags, path, 'synth', '0.5', 'sine', `${300 + 20 * n}`]);
  if (path.endsWith('.wav')) await writeFile(path, withInfo(await readFile(path), name(n)));
  return path;
}

/** Encoders by extension. The picture in Opus fills many pages, which are gone afterwards. */
const plantOgg: Readonly<Record<string, typeof plantSound>> = {
  ogg: async (path, n) => {
    const tags = ['-a', name(n), '-t', name(n + 1), '-c', `LOCATION=${name(n + 2)}`];
    await run('oggenc', ['-Q', ...tags, '-o', path, await rawSound(path, n)]);
    return path;
  },
  opus: async (path, n) => {
    const tags = ['--artist', name(n), '--comment', `LOCATION=${name(n + 1)}`];
    const cover = join(dirname(path), `cover-${n}.png`);
    await run('convert', ['-size', '300x200', 'plasma:red-blue', cover]);
    await run('opusenc', ['--quiet', ...tags, '--picture', cover, await rawSound(path, n), path]);
    return path;
  },
};

async function rawSound(path: string, n: number): Promise<string> {
  const wave = `${path}.wav`;
  await run('sox', ['-n', '-r', '48000', '-b', '16', wave, 'synth', '1.5', 'sine', `${300 + 20 * n}`, 'gain', '-3']);
  return wave;
}

/** Sox writes no tags into WAV: the sound with a list that has its artist. */
function withInfo(wave: Buffer, artist: string): Buffer {
  const text = Buffer.from(`${artist}\0`.padEnd(16, '\0'));
  const list = Buffer.concat([Buffer.from('LIST....INFOIART....'), text]);
  list.writeUInt32LE(list.length - 8, 4);
  list.writeUInt32LE(text.length, 16);
  const all = Buffer.concat([wave, list]);
  all.writeUInt32LE(all.length - 8, 4);
  return all;
}

async function plantZip(path: string, parts: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [part, bytes] of Object.entries(parts))
    await zip.add(part, new Uint8ArrayReader(Uint8Array.from(Buffer.from(bytes))), { comment: name(3) });
  await writeFile(path, await zip.close());
  return path;
}

const word = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const core = 'http://schemas.openxmlformats.org/package/2006/metadata/core-properties';
const open = 'urn:oasis:names:tc:opendocument:xmlns';

/** Documents with authors, dates, comments and tracked changes, part by part. */
const documents = (n: number): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  docx: {
    '[Content_Types].xml':
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
    '_rels/.rels':
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>',
    'docProps/core.xml': `<cp:coreProperties xmlns:cp="${core}" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>${name(n)}</dc:creator><cp:lastModifiedBy>${name(n + 1)}</cp:lastModifiedBy></cp:coreProperties>`,
    'docProps/app.xml': `<Properties><Application>${name(n + 2)}</Application><Company>${name(n + 3)}</Company></Properties>`,
    'word/document.xml': `<w:document xmlns:w="${word}"><w:body><w:p w:rsidR="00AB12CD"><w:ins w:id="1" w:author="${name(n + 4)}" w:date="2024-05-06T07:08:09Z"><w:r><w:t>words ${n}</w:t></w:r></w:ins></w:p></w:body></w:document>`,
    'word/comments.xml': `<w:comments xmlns:w="${word}"><w:comment w:id="1" w:author='${name(n + 5)}' w:initials="${name(n + 6)}"><w:p><w:r><w:t>remark</w:t></w:r></w:p></w:comment></w:comments>`,
    'customXml/item1.xml': `<a>${name(n + 7)}</a>`,
  },
  odt: {
    mimetype: 'application/vnd.oasis.opendocument.text',
    'META-INF/manifest.xml': `<manifest:manifest xmlns:manifest="${open}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
    'meta.xml': `<office:document-meta xmlns:office="${open}:office:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="${open}:meta:1.0"><office:meta><meta:generator>${name(n + 8)}</meta:generator><dc:creator>${name(n + 9)}</dc:creator></office:meta></office:document-meta>`,
    'content.xml': `<office:document-content xmlns:office="${open}:office:1.0" xmlns:text="${open}:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><office:body><office:text><text:tracked-changes><text:changed-region><text:insertion><office:change-info><dc:creator>${name(n + 10)}</dc:creator><dc:date>2024-05-06T07:08:09</dc:date></office:change-info></text:insertion></text:changed-region></text:tracked-changes><text:p>words ${n}</text:p></office:text></office:body></office:document-content>`,
  },
});
