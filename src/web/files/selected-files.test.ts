import { beforeAll, describe, expect, it } from 'vitest';
import known from '../../inspection/executables/program-names.ts?raw';
import en from '../i18n/locales/en.json';
import { failureSentence, setCatalogue } from '../i18n/messages.tsx';
import {
  countToGive,
  defaultMaxFileSize,
  fileFromText,
  filesFromTransfer,
  isReadable,
  isUncleanable,
  precheckFile,
} from './selected-files.ts';

beforeAll(() => setCatalogue(en));

const file = (size: number, name = 'a.txt') => new File([new Uint8Array(size)], name);

describe('a text', () => {
  it.each([
    ['Dear stranger,\nhello', 'Dear stranger.txt'],
    [' https://example.org/a/b?c ', 'example.org.txt'],
    ['either/or', 'either-or.txt'],
  ])('becomes a file: %s', async (text, name) => {
    const [file] = fileFromText(text)?.files ?? [];
    expect(file?.name).toBe(name);
    expect(await file?.text()).toBe(`${text.trim()}\n`);
  });

  it('is nothing if it is blank', () => {
    expect(fileFromText(' \n')).toBeUndefined();
  });
});

describe('a selected file', () => {
  it('counts among those to give unless it is known to be refused', () => {
    const offered = [file(1), file(0), file(1, 'setup.exe'), file(11)].map((one) => ({ file: one }));
    expect(countToGive(offered, 10)).toBe(1);
    expect(countToGive(offered, 11)).toBe(2);
    // All are refused: the question is about all, and each is answered.
    expect(countToGive(offered.slice(1, 3))).toBe(2);
  });

  it.each([
    ['paper.PDF', '', true],
    ['paper', 'application/pdf', true],
    ['photo.heic', 'image/heic', true],
    ['page.html', 'text/html', true],
    ['photo.jpg', 'image/jpeg', false],
    ['pdf', '', false],
    ['paper.pdf.zip', 'application/zip', false],
  ])('cannot be cleaned if its type has no cleaner: %s %s', (name, type, expected) => {
    expect(isUncleanable({ name, type })).toBe(expected);
  });

  it('passes with any bytes up to the limit', () => {
    expect(precheckFile(file(1))).toBeUndefined();
    expect(precheckFile(file(10), 10)).toBeUndefined();
  });

  it.each([
    ['empty', file(0), 'file-empty'],
    ['too large', file(11), 'too-large'],
    ['a program by its name', file(1, 'Setup.EXE'), 'executable-refused'],
  ] as const)('fails if it is %s', (_what, one, code) => {
    expect(precheckFile(one, 10)?.code).toBe(code);
  });

  const endings = 'exe msi bat cmd com scr ps1 vbs lnk jar apk deb rpm dmg pkg appimage sh';
  it.each(endings.split(' '))('fails for .%s only as the service would', (ending) => {
    expect(precheckFile(file(1, `file.${ending}`))?.code).toBe('executable-refused');
    expect(known).toMatch(new RegExp(`\\b${ending}\\b`));
  });

  it('reports both sizes if it is too large', () => {
    const failure = precheckFile({ name: 'a.txt', size: 61_200_000 }, defaultMaxFileSize);
    expect(failure && failureSentence(failure)).toBe(
      'That file has 61.2 MB; this exchange takes up to 50 MB. Nothing was kept.',
    );
  });

  it('is not sent if it cannot be read any more', async () => {
    const gone = {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) }),
    } as unknown as Blob;
    expect(await isReadable(gone)).toBe(false);
    expect(await isReadable(file(1))).toBe(true);
  });
});

/** The part of `DataTransfer` that is used. */
const transfer = (files: readonly File[], entries: readonly unknown[] = []) =>
  ({
    files,
    items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })),
  }) as unknown as DataTransfer;

describe('a drop or paste', () => {
  it('has no files if it is text', () => {
    expect(filesFromTransfer(null)).toBeUndefined();
    expect(filesFromTransfer(transfer([], [null]))).toBeUndefined();
  });

  it('has all files as they were chosen', async () => {
    const files = [file(1), file(2, '.profile')];
    expect(await filesFromTransfer(transfer(files, [null, { isDirectory: false }]))).toMatchObject({
      files,
    });
  });

  it('has the files in its folders and the ones beside them', async () => {
    const inner = file(3, 'inner.txt');
    const entryOf = (one: File) => ({
      isFile: true,
      name: one.name,
      file: (done: (found: File) => void) => done(one),
    });
    const folder = {
      isDirectory: true,
      name: 'folder',
      createReader: () => {
        const rest = [[entryOf(inner)], []];
        return { readEntries: (done: (some: unknown[]) => void) => done(rest.shift() ?? []) };
      },
    };
    const beside = file(4, 'beside.txt');
    const selection = await filesFromTransfer(transfer([file(0), beside], [folder, entryOf(beside)]));
    expect(selection?.files).toEqual([inner, beside]);
  });
});
