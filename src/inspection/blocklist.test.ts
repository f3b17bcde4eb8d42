import { expect, test } from 'vitest';
import { parseBlocklist } from './blocklist.ts';

const hash = (digit: string) => digit.repeat(64);

test('a list has hashes, names behind them, comments and empty lines', () => {
  const text = `# known\r\n${hash('a')}\r\n\n${hash('B')}  file.zip\n  ${hash('c')} # why\n`;
  expect(parseBlocklist(text)).toEqual(new Set([hash('a'), hash('b'), hash('c')]));
  expect(parseBlocklist('')).toEqual(new Set());
});

test.each([hash('a').slice(1), `${hash('a')}0`, 'file.zip', hash('g')])('%s is no hash', (line) => {
  expect(() => parseBlocklist(`# x\n${line}\n`)).toThrow('line 2 begins with no SHA-256');
});
