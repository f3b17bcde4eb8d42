import { describe, expect, it } from 'vitest';
import { findFault, isReadable, largestFile, offeredBy } from './offer.ts';
import { sentenceOf } from './words.ts';

const file = (size: number) => new File([new Uint8Array(size)], 'a.txt');

describe('a file that is offered', () => {
  it('is fine as one that has bytes, up to the limit', () => {
    expect(findFault({ files: [file(1)], hasFolder: false })).toBeUndefined();
    expect(findFault({ files: [file(10)], hasFolder: false }, 10)).toBeUndefined();
  });

  it.each([
    ['empty', [file(0)], false, 'file-empty'],
    ['too large', [file(11)], false, 'too-large'],
    ['one of several', [file(1), file(1)], false, 'several'],
    ['a folder', [file(0)], true, 'folder'],
    ['not there', [], false, 'no-file-chosen'],
  ] as const)('is not sent when it is %s', (_what, files, hasFolder, code) => {
    expect(findFault({ files, hasFolder }, 10)?.code).toBe(code);
  });

  it('is told both sizes when it is too large', () => {
    const large = { size: 61_200_000 } as File;
    const why = findFault({ files: [large], hasFolder: false }, largestFile);
    expect(why && sentenceOf(why)).toBe(
      'That file has 61.2 MB; this exchange takes up to 52.4 MB. Nothing was sent.',
    );
  });

  it('is nothing when text was dropped or pasted', () => {
    expect(offeredBy(null)).toBeUndefined();
    expect(offeredBy({ files: [], items: [] } as unknown as DataTransfer)).toBeUndefined();
  });

  it('is known for a folder by its entry', () => {
    const data = {
      files: [file(0)],
      items: [{ webkitGetAsEntry: () => ({ isDirectory: true }) }],
    } as unknown as DataTransfer;
    expect(offeredBy(data)?.hasFolder).toBe(true);
  });

  it('is not sent when it cannot be read any more', async () => {
    const gone = {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) }),
    } as unknown as Blob;
    expect(await isReadable(gone)).toBe(false);
    expect(await isReadable(file(3))).toBe(true);
  });
});
