import { describe, expect, it } from 'vitest';
import { defaultCsvLimits, readCsv } from './table.ts';

describe('comma-separated values', () => {
  it.each([
    ['commas', 'a,b\n1,"2,3"\n'],
    ['semicolons', 'a;b\n1;2,3\n'],
    ['tabs', 'a\tb\n1\t2,3\n'],
  ])('are a table: with %s', (_separator, text) => {
    expect(readCsv(text)).toEqual({
      rows: [
        ['a', 'b'],
        ['1', '2,3'],
      ],
      isMore: false,
    });
  });

  it('have rows of one length', () => {
    expect(readCsv('a,b,c\n1\n\n"<b>",2')?.rows).toEqual([
      ['a', 'b', 'c'],
      ['1', '', ''],
      ['<b>', '2', ''],
    ]);
  });

  it('are cut where a page would be slow', () => {
    const limits = { ...defaultCsvLimits, rows: 2, columns: 2, cell: 3 };
    expect(readCsv('a,b\n1,2345\n3,4', limits)).toEqual({
      rows: [
        ['a', 'b'],
        ['1', '234…'],
      ],
      isMore: true,
    });
    expect(readCsv('a,b,c\n', limits)).toEqual({ rows: [['a', 'b']], isMore: true });
  });

  it('are text if there is one column', () => {
    expect(readCsv('one\ntwo\n')).toBeUndefined();
    expect(readCsv('')).toBeUndefined();
  });
});
