import { describe, expect, it } from 'vitest';
import { createKeep } from './storage.ts';

/** As much of a browser's storage as is needed. */
function storageOf(entries: Record<string, string> = {}) {
  const map = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
  };
}

const exchange = (ticket: string) => ({ exchange: { ticket, gift: { name: 'a.txt', size: 1 } } });
const parcel = { parcel: { url: '/api/deliveries/d', name: 'b.txt', size: 2 } };

describe('what the browser keeps', () => {
  it('is there after a reload', () => {
    const storage = storageOf();
    const keep = createKeep(storage);
    expect(keep.keep(exchange('t-1'))).toBe(true);
    keep.keepGiver('g-1');
    const afterwards = createKeep(storage);
    expect(afterwards.owed()).toEqual([exchange('t-1')]);
    expect(afterwards.giver()).toBe('g-1');
  });

  it('loses nothing when two tabs keep something', () => {
    const storage = storageOf();
    const [one, two] = [createKeep(storage), createKeep(storage)];
    one.keep(exchange('t-1'));
    two.keep(exchange('t-2'));
    two.keep(parcel);
    one.forget(exchange('t-1'));
    expect(two.owed()).toEqual([exchange('t-2'), parcel]);
  });

  it('keeps the same thing once', () => {
    const keep = createKeep(storageOf());
    keep.keep(exchange('t-1'));
    keep.keep(exchange('t-1'));
    expect(keep.owed()).toHaveLength(1);
  });

  const refusing = {
    getItem: () => {
      throw new DOMException('Denied.', 'SecurityError');
    },
    setItem: () => {
      throw new DOMException('Full.', 'QuotaExceededError');
    },
  };
  it.each([
    ['there is no storage', undefined],
    ['the storage refuses', refusing],
    ['the storage swallows', { getItem: () => null, setItem: () => undefined }],
  ])('says so when %s, and keeps it while the page is open', (_case, storage) => {
    const keep = createKeep(storage);
    expect(keep.keep(exchange('t-1'))).toBe(false);
    expect(keep.owed()).toEqual([exchange('t-1')]);
    keep.forget(exchange('t-1'));
    expect(keep.owed()).toEqual([]);
  });

  it.each([
    'not JSON',
    'null',
    '{}',
    '[1, null, "x", {}]',
    '[{"exchange": {"ticket": 5}}]',
    '[{"parcel": {"url": "https://elsewhere.example/", "name": "x", "size": 1}}]',
  ])('leaves out what is not ours: %s', (text) => {
    expect(createKeep(storageOf({ 'exchange.owed': text })).owed()).toEqual([]);
  });
});
