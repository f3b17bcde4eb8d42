/** Files that other people made, out of Debian packages: photos of many cameras, documents, books, pictures, sounds. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Small packages with files of most formats. */
export const fewPackages = ['golang-github-rwcarlsen-goexif-dev', 'python3-docx', 'r-cran-readxl', 'r-cran-officer'];

export const allPackages = [
  ...fewPackages,
  'golang-golang-x-image-dev',
  'golang-github-disintegration-imaging-dev',
  'r-cran-openxlsx',
  'pandoc-data',
  'libimage-info-perl',
  'libmp3-tag-perl',
  'sound-theme-freedesktop',
  'live-manual-epub',
  ...['', '-de', '-es', '-fr', '-ru'].map((language) => `ubuntu-packaging-guide-epub${language}`),
];

const wanted = /\.(?:jpe?g|png|webp|gif|tiff?|mp3|flac|wav|og[ga]|opus|docx|xlsx|pptx|odt|epub)$/i;

/** Fetches packages, installs nothing, and lists their files. Answers the reason if that is impossible. */
export async function realFiles(folder: string, packages: readonly string[]): Promise<readonly string[] | string> {
  if (!existsSync('/etc/debian_version')) return 'packages are fetched on Debian only';
  const unpacked = join(folder, 'packages');
  await mkdir(unpacked, { recursive: true });
  const download = () => run('apt-get', ['download', '-qq', ...packages], { cwd: unpacked });
  try {
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq', '-o', 'DPkg::Lock::Timeout=300']);
      await download();
    });
  } catch (error) {
    return `packages could not be fetched (${(error as Error).message.split('\n')[0]})`;
  }
  for (const name of await readdir(unpacked)) await run('dpkg-deb', ['-x', join(unpacked, name), unpacked]);
  const found = await readdir(unpacked, { recursive: true, withFileTypes: true });
  const files = found
    .filter((file) => file.isFile() && wanted.test(file.name))
    .map((file) => join(file.parentPath, file.name));
  return Promise.all(files.sort().map((file, index) => (headsOnly.test(file) ? graft(file, folder, index) : file)));
}

/** Photos of many cameras that end before their picture. */
const headsOnly = /goexif\/exif\/samples\//;

/** Puts all metadata of a photo onto a picture that is whole. */
async function graft(photo: string, folder: string, index: number): Promise<string> {
  const path = join(folder, `camera-${index}.jpg`);
  await run('convert', ['-size', '32x24', 'plasma:red-blue', path]);
  const copy = ['-q', '-q', '-m', '-overwrite_original', '-tagsFromFile', photo, '-all:all', '-unsafe', path];
  await run('exiftool', copy).catch(() => undefined);
  return path;
}
