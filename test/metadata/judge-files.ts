/** Compares files before and after the removal of metadata: by exiftool, by mat2, by their pixels, samples and texts. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { promisify } from 'node:util';
import { BlobReader, TextWriter, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { plantedNames } from './planted-files.ts';

const run = promisify(execFile);
const limits = { maxBuffer: 256 * 1024 ** 2 };

/** A file as it was given, and as it was passed on. */
export interface CleanedPair {
  readonly before: string;
  readonly after: string;
}

/** Groups of exiftool about the file system, or about what a picture needs. */
const freeGroups = /^(?:SourceFile|ExifTool:|File:(?!Comment)|System:|Composite:|ICC[-_]\w*:)/;

/** Fields that tell of people, devices, places, dates, paths or programs. */
const telling =
  /author|artist|creator|owner|copyright|credit|byline|by-line|make|model|serial|lens|gps|location|city|country|software|tool|producer|generator|application|template|encoder|comment|description|keyword|title|album|date|time(?!scale|Span)|path|directory|host|user|company|manager|person|modif|revision|uniqueid|documentid|instanceid|history|warning/i;

/** Fields of the coded picture or sound, which are no tags. */
const codedFields =
  /^(?:MPEG:(?:Encoder|LameQuality|CopyrightFlag)|RIFF:Duration|Track\d*:.*Timescale|GIF:(?:FrameCount|Duration))$/;

/** A date that is none. */
const noDate = /^(?:1970:01:01|1980:0[01]:0[01]|0000:00:00)/;

type Tags = Readonly<Record<string, unknown>> & { readonly SourceFile: string };

/** The telling fields that exiftool finds in each file. */
export async function exiftoolFinds(files: readonly string[]): Promise<string[]> {
  const { stdout } = await run('exiftool', ['-j', '-G1', '-a', '-u', '-q', '-q', ...files], limits).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  const all = JSON.parse(stdout || '[]') as readonly Tags[];
  if (all.length < files.length) throw new Error(`exiftool read ${all.length} of ${files.length} files`);
  return all.flatMap(({ SourceFile, ...tags }) =>
    Object.entries(tags)
      .filter(([tag, value]) => isTelling(tag, String(value)))
      .map(([tag, value]) => `${basename(SourceFile)}: exiftool finds ${tag} ${String(value).slice(0, 60)}`),
  );
}

const isTelling = (tag: string, value: string): boolean =>
  !freeGroups.test(tag) &&
  !codedFields.test(tag) &&
  telling.test(tag.replace(/^[^:]*:/, '')) &&
  !noDate.test(value) &&
  value.trim() !== '' &&
  value !== 'Author';

/** Fields that mat2 finds, and the files that it cannot read. */
interface Mat2Result {
  readonly found: readonly string[];
  readonly unread: readonly string[];
}

/** Files that mat2 is asked about at once: it ends at the first that it cannot read. */
const batch = 24;

/** The telling fields that mat2 finds in each file of a format that it knows. */
export async function mat2Finds(files: readonly string[]): Promise<Mat2Result> {
  const known = files.filter((file) => !/\.webp$/i.test(file));
  const found: string[] = [];
  const unread: string[] = [];
  for (let from = 0; from < known.length; from += batch) {
    const some = known.slice(from, from + batch);
    const together = await showMetadata(some);
    if (together !== undefined) found.push(...together);
    else
      for (const file of some) {
        const alone = await showMetadata([file]);
        if (alone === undefined) unread.push(basename(file));
        else found.push(...alone);
      }
  }
  return { found, unread };
}

/** The telling fields of files; undefined if mat2 cannot read one of them. */
async function showMetadata(files: readonly string[]): Promise<string[] | undefined> {
  const { stdout } = await run('mat2', ['--show', ...files], limits).catch(() => ({ stdout: undefined }));
  if (stdout === undefined) return undefined;
  const found: string[] = [];
  let file = '';
  for (const line of stdout.split('\n')) {
    file = /^\[\++\] Metadata for (.*):$/.exec(line)?.[1] ?? file;
    const [, field = '', value = ''] = /^ +([^:]+): (.*)$/.exec(line) ?? [];
    const isId3 = /^[A-Z]{3}[A-Z\d]$/.test(field);
    if ((isId3 || telling.test(field)) && isTold(field, value))
      found.push(`${basename(file)}: mat2 finds ${field} ${value.slice(0, 60)}`);
  }
  return found;
}

/** Colour profiles stay, and each part of an archive has a date that is none. */
const isTold = (field: string, value: string): boolean =>
  !/^(?:Profile|MakeAndModel|Device(?:Manufacturer|Model|Mfg)|PrimaryPlatform|CMMFlags|CalibrationDateTime)/.test(
    field,
  ) &&
  !codedFields.test(`MPEG:${field}`) &&
  !noDate.test(value.replaceAll('-', ':')) &&
  value.trim() !== '';

/** The planted names in the bytes of a file, those of the parts of archives included. */
export async function plantedIn(file: string): Promise<string[]> {
  const names = new Set<string>();
  const look = async (bytes: Buffer, depth: number): Promise<void> => {
    for (const name of plantedNames)
      for (const coded of [Buffer.from(name), Buffer.from(name, 'utf16le'), Buffer.from(name, 'utf16le').swap16()])
        if (bytes.includes(coded)) names.add(name);
    if (bytes.toString('latin1', 0, 4) !== 'PK\x03\x04' || depth > 3) return;
    const reader = new ZipReader(new BlobReader(new Blob([Uint8Array.from(bytes)])));
    for (const entry of await reader.getEntries())
      if ('getData' in entry && entry.getData)
        await look(Buffer.from(await entry.getData(new Uint8ArrayWriter())), depth + 1);
  };
  await look(await readFile(file), 0);
  return [...names].map((name) => `${basename(file)}: has the planted name ${name}`);
}

/** Answers what of a file's content has changed. */
export async function changesOf({ before, after }: CleanedPair): Promise<string[]> {
  const read = contentReaders.find(([extensions]) => extensions.test(extname(before)))?.[1];
  if (!read) return [];
  const [old, cleaned] = [await read(before), await read(after)];
  // Sox ends where an ID3 tag says that a sound ends, which is before the end of its last frame.
  const isSame = extname(before) === '.mp3' ? cleaned.startsWith(old) : cleaned === old;
  return isSame ? [] : [`${basename(dirname(after))}/${basename(after)}: the content is another`];
}

/** The SHA-256 of the pixels of each frame. */
const pixels = async (file: string) =>
  (await run('identify', ['-quiet', '-format', '%# %wx%h\n', file], limits).catch(() => ({ stdout: 'unreadable' })))
    .stdout;

/** All samples, in hex. */
const samplesBy = (program: string, argumentsFor: (file: string) => readonly string[]) => async (file: string) => {
  const { stdout } = await run(program, argumentsFor(file), { ...limits, encoding: 'buffer' });
  return stdout.toString('hex');
};
const samples = samplesBy('sox', (file) => ['-D', file, '-t', 'raw', '-e', 'signed', '-b', '16', '-']);
/** Without dither, which is random. */
const opusSamples = samplesBy('opusdec', (file) => ['--quiet', '--no-dither', '--force-wav', file, '-']);
const vorbisSamples = samplesBy('oggdec', (file) => ['-Q', '-R', '-o', '-', file]);

/** The texts of the parts that readers see. */
const texts = async (file: string) => {
  const reader = new ZipReader(new BlobReader(new Blob([Uint8Array.from(await readFile(file))])));
  const seen: string[] = [];
  for (const entry of await reader.getEntries()) {
    const isSeen = /(?:document|content|slide\d+|sharedStrings|sheet\d+)\.xml$|\.x?html$/.test(entry.filename);
    if (isSeen && 'getData' in entry && entry.getData) seen.push(textOf(await entry.getData(new TextWriter())));
  }
  return seen.join('\n');
};

const hidden = /<head[\s>](?:.|\s)*?<\/head>|<(?:dc:creator|dc:date)>[^<]*<\/[^>]*>|<[^>]*>/g;
const textOf = (xml: string) => xml.replace(hidden, ' ').replace(/\s+/g, ' ');

const contentReaders: readonly (readonly [RegExp, (file: string) => Promise<string>])[] = [
  [/^\.(?:jpe?g|png|gif|tiff?|webp)$/i, pixels],
  [/^\.(?:mp3|flac|wav)$/i, samples],
  [/^\.og[ga]$/i, vorbisSamples],
  [/^\.opus$/i, opusSamples],
  [/^\.(?:docx|xlsx|pptx|odt|epub)$/i, texts],
];
