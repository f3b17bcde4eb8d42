import { expect, it } from 'vitest';
import { createIdempotencyKey, createUploadRecords } from './upload-records.ts';

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const values = new Map<string, string>();
  return { getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value) };
}

const file = (name: string, lastModified = 1) => new File([name], name, { lastModified });

it('finds after a reload what was not answered, and gives the same file with the same key', () => {
  const storage = memory();
  const before = createUploadRecords(storage);
  before.start({ file: file('a.txt'), key: 'k-a' }, true);
  before.start({ file: file('b.txt'), key: 'k-b' }, true);
  before.end('k-b');
  const after = createUploadRecords(storage);
  expect(after.unfinished).toEqual([{ key: 'k-a', name: 'a.txt', size: 5, modified: 1 }]);
  expect(after.keyFor(file('a.txt'))).toBe('k-a');
  expect(after.keyFor(file('a.txt', 2))).not.toBe('k-a');
  expect(after.keyFor(file('b.txt'))).not.toBe('k-b');
});

it('forgets a single upload when another begins', () => {
  const storage = memory();
  const records = createUploadRecords(storage);
  records.start({ file: file('a.txt'), key: 'k-a' });
  records.start({ file: file('b.txt'), key: 'k-b' });
  expect(createUploadRecords(storage).unfinished.map(({ name }) => name)).toEqual(['b.txt']);
});

it.each([undefined, { getItem: () => '{', setItem: () => undefined }])('lives without a storage', (storage) => {
  expect(createUploadRecords(storage).unfinished).toEqual([]);
});

it('creates unique keys', () => {
  const keys = new Set(Array.from({ length: 100 }, createIdempotencyKey));
  expect(keys.size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{48}$/);
});
