import { describe, expect, it } from 'vitest';
import { isSystemFile, maxFiles, selectFiles, walkDirectories } from './directory-files.ts';

type Tree = { readonly [name: string]: Tree | 'file' | 'locked' };

const fileEntry = (name: string, isLocked = false) =>
  ({
    isFile: true,
    isDirectory: false,
    name,
    file: (done: (file: File) => void, failed: (error: unknown) => void) =>
      isLocked ? failed(new DOMException('', 'NotReadableError')) : done(new File(['x'], name)),
  }) as unknown as FileSystemEntry;

/** Returns entries two at a time; browsers return a hundred. */
function folder(name: string, tree: Tree, isLocked = false): FileSystemEntry {
  const rest = Object.entries(tree).map(([inner, what]) =>
    typeof what === 'string' ? fileEntry(inner, what === 'locked') : folder(inner, what),
  );
  const readEntries = (done: (some: FileSystemEntry[]) => void, failed: (error: unknown) => void) =>
    isLocked ? failed(new DOMException('', 'NotReadableError')) : done(rest.splice(0, 2));
  const createReader = () => ({ readEntries });
  return { isFile: false, isDirectory: true, name, createReader } as unknown as FileSystemEntry;
}

const names = (files: readonly File[]) => files.map(({ name }) => name);

describe('a dropped folder', () => {
  it('gives all files of all folders, by name', async () => {
    const tree: Tree = { c: 'file', a: { z: 'file', y: { x: 'file' } }, b: 'file', d: {} };
    const found = await walkDirectories([folder('top', tree), fileEntry('beside')]);
    expect(names(found.files)).toEqual(['x', 'z', 'b', 'c', 'beside']);
    expect(found).toMatchObject({ leftOut: 0, unreadable: 0, isTruncated: false });
  });

  it('leaves out system files', async () => {
    const tree: Tree = {
      '.DS_Store': 'file',
      'Thumbs.db': 'file',
      'desktop.ini': 'file',
      '.git': { config: 'file' },
      'fine.txt': 'file',
    };
    const found = await walkDirectories([folder('top', tree)]);
    expect(names(found.files)).toEqual(['fine.txt']);
    expect(found.leftOut).toBe(4);
  });

  it('takes a hidden file that was dropped by itself', async () => {
    expect(names((await walkDirectories([fileEntry('.profile')])).files)).toEqual(['.profile']);
  });

  it('counts unreadable entries and continues', async () => {
    const found = await walkDirectories([
      folder('top', { a: 'locked', b: 'file' }),
      folder('closed', { c: 'file' }, true),
    ]);
    expect(names(found.files)).toEqual(['b']);
    expect(found.unreadable).toBe(2);
  });

  it('stops at the greatest number of files', async () => {
    const many = (count: number): Tree =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}`, 'file' as const]));
    const found = await walkDirectories([folder('top', { ...many(maxFiles + 1), deeper: many(3) })]);
    expect(found.files).toHaveLength(maxFiles);
    expect(found.isTruncated).toBe(true);
    expect((await walkDirectories([folder('top', many(maxFiles))])).isTruncated).toBe(false);
  });

  it('stops at the greatest depth', async () => {
    let tree: Tree = { deep: 'file' };
    for (let depth = 0; depth < 100; depth++) tree = { inner: tree };
    expect(await walkDirectories([folder('top', tree)])).toMatchObject({
      files: [],
      isTruncated: true,
    });
  });
});

describe('selected files', () => {
  const chosen = (path: string): File =>
    Object.defineProperty(new File(['x'], path.split('/').at(-1) ?? ''), 'webkitRelativePath', {
      value: path.includes('/') ? path : '',
    });

  it('lose the system files of a folder', () => {
    const paths = ['top/a.txt', 'top/.DS_Store', 'top/.git/config', '.hidden/b.txt'];
    const found = selectFiles(paths.map(chosen));
    expect(names(found.files)).toEqual(['a.txt', 'b.txt']);
    expect(found).toMatchObject({ leftOut: 2, isTruncated: false });
  });

  it('stay complete if they were selected one by one', () => {
    const found = selectFiles(['.profile', 'desktop.ini'].map(chosen));
    expect(found).toMatchObject({ files: { length: 2 }, leftOut: 0 });
  });

  it('are truncated at the greatest number', () => {
    const found = selectFiles(Array.from({ length: maxFiles + 1 }, (_, at) => chosen(`${at}`)));
    expect(found).toMatchObject({ files: { length: maxFiles }, isTruncated: true });
  });
});

it('recognizes system files by name', () => {
  expect(['.DS_Store', 'THUMBS.DB', '__MACOSX', '._photo.jpg'].every(isSystemFile)).toBe(true);
  expect(['thumbs.dbx', 'a.txt', 'my.desktop.ini.txt'].some(isSystemFile)).toBe(false);
});
