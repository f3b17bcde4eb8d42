import { describe, expect, it } from 'vitest';
import { storeSharedForm } from './share-target.ts';
import { createSharedFileStore } from './shared-files.ts';

/** An in-memory Cache that is full after a number of entries. */
function placeFor(most: number) {
  const cached = new Map<string, Response>();
  const keyOf = (key: RequestInfo | URL) => String(key);
  return {
    keys: async () => [...cached.keys()].map((url) => ({ url }) as Request),
    match: async (key: RequestInfo | URL) => cached.get(keyOf(key))?.clone(),
    delete: async (key: RequestInfo | URL) => cached.delete(keyOf(key)),
    put: async (key: RequestInfo | URL, value: Response) => {
      if (cached.size === most) throw new DOMException('no room', 'QuotaExceededError');
      cached.set(keyOf(key), value);
    },
  };
}

function shelfFor(most = 100) {
  const shelf = createSharedFileStore(placeFor(most));
  const share = (form: FormData) => storeSharedForm(form, async () => shelf);
  const names = async () => (await shelf.list()).map(({ file }) => file.name);
  return { shelf, share, names };
}

const fileOf = (name: string, size = 1, type = '') => new File([new Uint8Array(size)], name, { type });

function formOf(files: readonly File[], words: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  for (const file of files) form.append('file', file);
  for (const [name, value] of Object.entries(words)) form.append(name, value);
  return form;
}

const filesOf = (count: number) => Array.from({ length: count }, (_, n) => fileOf(`${n}.txt`));

describe('shared files', () => {
  it('are stored unchanged and in order', async () => {
    const { shelf, share } = shelfFor();
    const first = new File(['one'], 'für "alle".txt', { type: 'text/plain' });
    expect(await share(formOf([first, fileOf('two.bin', 3)]))).toBe('here');
    const [one, two] = (await shelf.list()).map(({ file }) => file);
    expect([one?.name, one?.type, await one?.text()]).toEqual([first.name, first.type, 'one']);
    expect([two?.name, two?.type, two?.size]).toEqual(['two.bin', '', 3]);
  });

  it('are added to the earlier ones while there is room', async () => {
    const { share, names } = shelfFor();
    expect(await share(formOf(filesOf(19)))).toBe('here');
    expect(await share(formOf(filesOf(2)))).toBe('full');
    expect(await names()).toHaveLength(19);
    expect(await share(formOf(filesOf(1)))).toBe('here');
  });

  it('are refused over the limit', async () => {
    const { share, names } = shelfFor();
    expect(await share(formOf([fileOf('a', 150_000_000), fileOf('b', 50_000_001)]))).toBe('full');
    expect(await names()).toEqual([]);
  });

  it('are stored all or none if the browser is out of space', async () => {
    const { share, names } = shelfFor(2);
    expect(await share(formOf(filesOf(3)))).toBe('full');
    expect(await names()).toEqual([]);
    expect(await storeSharedForm(formOf(filesOf(1)), () => Promise.reject(new Error()))).toBe('full');
  });

  it('are taken once, even by several pages', async () => {
    const { shelf, share } = shelfFor();
    await share(formOf(filesOf(2)));
    const seen = await shelf.list();
    expect(await shelf.take(seen.slice(0, 1))).toEqual(seen.slice(0, 1));
    expect(await shelf.take(seen)).toEqual(seen.slice(1));
    expect(await shelf.take(seen)).toEqual([]);
  });
});

describe('shared text', () => {
  it.each([
    [{ text: 'Look at this', url: 'https://example.org/' }, 'shared.txt', 'Look at this\nhttps://example.org/\n'],
    [{ title: 'A/B\\C', text: ' only text ' }, 'A-B-C.txt', 'only text\n'],
    [{ title: 'x'.repeat(99), url: 'https://example.org/' }, `${'x'.repeat(60)}.txt`, 'https://example.org/\n'],
  ])('becomes a small text file: %j', async (words, name, text) => {
    const { shelf, share } = shelfFor();
    expect(await share(formOf([fileOf('', 0)], words))).toBe('here');
    const [one] = await shelf.list();
    expect([one?.file.name, await one?.file.text()]).toEqual([name, text]);
  });

  it('beside a file is dropped', async () => {
    const { share, names } = shelfFor();
    await share(formOf([fileOf('photo.jpg')], { text: 'look' }));
    expect(await names()).toEqual(['photo.jpg']);
  });

  it.each([{}, { title: 'only a title' }, { text: '  ' }])('%j is empty', async (words) => {
    const { share } = shelfFor();
    expect(await share(formOf([], words))).toBe('empty');
  });
});
