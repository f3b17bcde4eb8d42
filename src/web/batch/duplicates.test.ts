import { describe, expect, it } from 'vitest';
import { type ComparableFile, createFingerprinter, findDuplicate } from './duplicates.ts';

const known = (name: string, size: number, print: string | undefined): ComparableFile => ({
  name,
  size,
  fingerprint: async () => print,
});

describe('a duplicate', () => {
  it('has the same size and fingerprint', async () => {
    const others = [known('a', 1, 'x'), known('b', 2, 'x'), known('c', 2, 'y')];
    expect((await findDuplicate(known('d', 2, 'y'), others))?.name).toBe('c');
    expect(await findDuplicate(known('d', 1, 'y'), others)).toBeUndefined();
  });

  it('is not searched if no other file has the size', async () => {
    const never = () => Promise.reject(new Error('This costs time.'));
    const file = { ...known('a', 1, 'x'), fingerprint: never };
    expect(await findDuplicate(file, [known('b', 2, 'x')])).toBeUndefined();
  });

  it('is readable', async () => {
    expect(await findDuplicate(known('a', 1, undefined), [known('b', 1, undefined)])).toBeUndefined();
  });
});

describe('a fingerprint', () => {
  const file = (text: string, name = 'a.txt') => new File([text], name, { lastModified: 5 });

  it('is the SHA-256 of the bytes', async () => {
    const print = createFingerprinter((bytes) => crypto.subtle.digest('SHA-256', bytes));
    expect(await print(file('hello'))).toMatch(/^2cf24dba5fb0a30e/);
    expect(await print(file('hello', 'b.txt'))).toBe(await print(file('hello')));
    expect(await print(file('hallo'))).not.toBe(await print(file('hello')));
  });

  it('is name, size and date if the browser has no SHA-256', async () => {
    const print = createFingerprinter(undefined);
    expect(await print(file('hello'))).toBe(await print(file('hallo')));
    expect(await print(file('hello', 'b.txt'))).not.toBe(await print(file('hello')));
  });

  it('reads one file at a time, and continues after an unreadable one', async () => {
    let inMemory = 0;
    let most = 0;
    const print = createFingerprinter(async (bytes) => {
      inMemory--;
      return bytes;
    });
    const slow = (text: string): File =>
      Object.assign(file(text), {
        arrayBuffer: async () => {
          most = Math.max(most, ++inMemory);
          await new Promise((resolve) => setTimeout(resolve));
          if (text === 'gone') {
            inMemory--;
            throw new DOMException('', 'NotFoundError');
          }
          return new ArrayBuffer(1);
        },
      });
    const prints = await Promise.all(['a', 'gone', 'b'].map((text) => print(slow(text))));
    expect(prints).toEqual(['00', undefined, '00']);
    expect(most).toBe(1);
  });
});
