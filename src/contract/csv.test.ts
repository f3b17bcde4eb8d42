import { describe, expect, it } from 'vitest';
import { csvOf } from './csv.ts';

const tableOf = (...cells: (string | number | undefined)[]) => {
  const columns = cells.map((_, at) => `c${at}`);
  const row = Object.fromEntries(cells.map((cell, at) => [`c${at}`, cell]));
  return csvOf(columns, [row]).split('\r\n')[1];
};

describe('CSV', () => {
  it('has a byte order mark, the columns, and a line for each row', () => {
    expect(csvOf(['a', 'b'], [{ b: 1, a: 'x' }, { a: 'y' }])).toBe('\uFEFFa,b\r\nx,1\r\ny,\r\n');
  });

  it('quotes commas, quotes and line breaks', () => {
    expect(csvOf(['a'], [{ a: 'one, "two"\r\nthree' }])).toBe('\uFEFFa\r\n"one, ""two""\r\nthree"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('makes %j no formula', (text) => {
    expect(tableOf(text)).toBe(`'${text}`);
  });

  it('leaves numbers and ordinary names alone', () => {
    expect(tableOf(-1, 'a=b.txt', undefined)).toBe('-1,a=b.txt,');
  });
});
