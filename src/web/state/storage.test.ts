import { describe, expect, it } from 'vitest';
import type { Exchange, PendingExchange } from './exchange.ts';
import { maxEndedEntries } from './history.ts';
import { createLocalStore, type LocalStore } from './storage.ts';

/** The methods of `Storage` that the page uses. */
function storageOf(entries: Record<string, string> = {}) {
  const map = new Map(Object.entries(entries));
  return {
    map,
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}

const noon = Date.parse('2026-03-01T12:00:00Z');
const now = () => noon;
const at = '2026-03-01T12:00:00.000Z';
const exchange = (ticket: string): { exchange: Exchange } => ({
  exchange: { ticket, gift: { name: 'a.txt', size: 1, kind: 'text', sha256: 'ab' } },
});
const parcel = { parcel: { url: '/api/deliveries/d', name: 'b.txt', size: 2 } };
const keysOf = (store: ReturnType<typeof createLocalStore>) => store.entries().map(({ key }) => key);

describe('the local store', () => {
  it('keeps everything over a reload', () => {
    const storage = storageOf();
    const store = createLocalStore(storage);
    expect(store.add(exchange('t-1'))).toBe(true);
    store.saveGiver('g-1');
    const afterwards = createLocalStore(storage);
    expect(afterwards.pending()).toEqual([exchange('t-1')]);
    expect(afterwards.giver()).toBe('g-1');
  });

  it('has values of its own below each path of a host', () => {
    const storage = storageOf();
    const [atRoot, below] = ['', '/exchange'].map((path) => createLocalStore(storage, { path })) as [
      LocalStore,
      LocalStore,
    ];
    atRoot.add(exchange('t-1'));
    below.add(parcel);
    below.saveGiver('g-1');
    expect([keysOf(atRoot), keysOf(below)]).toEqual([['t-1'], [parcel.parcel.url]]);
    expect([atRoot.giver(), below.giver()]).toEqual([undefined, 'g-1']);
    expect([...storage.map.keys()]).toContain('exchange.entries');
  });

  it('lists entries from the newest and pending exchanges from the oldest', () => {
    const store = createLocalStore(storageOf(), { now });
    for (const one of [exchange('t-1'), exchange('t-2'), parcel]) store.add(one);
    store.markEnded(exchange('t-2'), 'received');
    expect(store.pending()).toEqual([exchange('t-1'), parcel]);
    expect(store.entries()).toEqual([
      { key: '/api/deliveries/d', at, ...parcel },
      { key: 't-2', at, ...exchange('t-2'), end: 'received' },
      { key: 't-1', at, ...exchange('t-1') },
    ]);
  });

  it('loses nothing when two tabs add something', () => {
    const storage = storageOf();
    const [one, two] = [createLocalStore(storage), createLocalStore(storage)];
    one.add(exchange('t-1'));
    two.add(exchange('t-2'));
    two.add(parcel);
    one.update('t-2', { fate: 'landed' });
    one.markEnded(exchange('t-1'), 'withdrawn');
    expect(two.pending()).toEqual([exchange('t-2'), parcel]);
    expect(keysOf(one)).toEqual(keysOf(two));
  });

  it('adds an exchange once', () => {
    const store = createLocalStore(storageOf());
    store.add(exchange('t-1'));
    store.add(exchange('t-1'));
    expect(store.pending()).toHaveLength(1);
  });

  it('drops old ended entries and never pending ones', () => {
    const pending = { key: 'owed', at, ...exchange('owed') };
    const ended = Array.from({ length: maxEndedEntries }, (_, number) => `t-${number}`).map((key) => ({
      key,
      at,
      ...exchange(key),
      end: 'received',
    }));
    const text = JSON.stringify([pending, ...ended]);
    const store = createLocalStore(storageOf({ 'exchange.entries': text }));
    store.add(exchange('new'));
    expect(keysOf(store).slice(-2)).toEqual(['t-0', 'owed']);
    store.markEnded(exchange('new'), 'received');
    expect(store.entries()).toHaveLength(maxEndedEntries + 1);
    expect(keysOf(store).slice(-2)).toEqual(['t-1', 'owed']);
  });
});

describe('an entry', () => {
  const drawn = (url: string) => ({ url, name: 'x.pdf', size: 3, kind: 'pdf' }) as const;

  it('ends once', () => {
    const store = createLocalStore(storageOf());
    store.add(exchange('t-1'));
    store.markEnded(exchange('t-1'), 'received');
    store.markEnded(exchange('t-1'), 'gone');
    expect(store.entries()[0]?.end).toBe('received');
  });

  it('holds the delivery that was drawn, without fields of no use later', () => {
    const store = createLocalStore(storageOf());
    store.add(exchange('t-1'));
    const more = { sha256: 'ab', given_at: at, expires_at: at, mime_type: 'application/pdf' };
    store.update('t-1', { parcel: { ...drawn('/api/d/1'), ...more } });
    const known = { ...drawn('/api/d/1'), sha256: 'ab', given_at: at };
    expect(store.entries()[0]?.parcel).toEqual(known);
  });

  it.each([
    ['another delivery is drawn', drawn('/api/d/2')],
    ['the delivery is lost', undefined],
  ])('drops thanks and report when %s', (_case, next) => {
    const store = createLocalStore(storageOf());
    store.add(exchange('t-1'));
    store.update('t-1', { parcel: drawn('/api/d/1') });
    store.update('t-1', { thanked: '❤️', reported: true });
    store.update('t-1', { parcel: drawn('/api/d/1'), fate: 'landed' });
    expect(store.entries()[0]).toMatchObject({ thanked: '❤️', reported: true });
    store.update('t-1', { parcel: next });
    expect(store.entries()[0]).not.toHaveProperty('thanked');
    expect(store.entries()[0]).not.toHaveProperty('reported');
    expect(store.entries()[0]?.parcel).toEqual(next);
  });

  it('stays away after it was erased', () => {
    const store = createLocalStore(storageOf());
    store.add(exchange('t-1'));
    store.erase();
    store.update('t-1', { fate: 'landed' });
    store.markEnded(exchange('t-1'), 'received');
    expect(store.entries()).toEqual([]);
  });
});

describe('erasing', () => {
  it('keeps the language and nothing else, in every tab', () => {
    const storage = storageOf({ 'exchange.owed': JSON.stringify([parcel]) });
    const [one, two] = [createLocalStore(storage), createLocalStore(storage)];
    one.saveLanguage('de');
    one.saveGiver('g-1');
    two.add(exchange('t-1'));
    one.erase();
    expect([...storage.map.keys()]).toEqual(['exchange.language']);
    two.add(exchange('t-2'));
    expect(one.pending()).toEqual([exchange('t-2')]);
  });
});

describe('the list of the first version of the page', () => {
  const legacy = JSON.stringify([{ exchange: { ticket: 't-1', gift: { name: 'a', size: 1 } } }]);

  it('is migrated once', () => {
    const storage = storageOf({ 'exchange.owed': legacy });
    const store = createLocalStore(storage, { now });
    const taken = { exchange: { ticket: 't-1', gift: { name: 'a', size: 1 } } };
    expect(store.entries()).toEqual([{ key: 't-1', at, ...taken }]);
    store.markEnded(taken, 'received');
    expect(createLocalStore(storage).pending()).toEqual([]);
    expect(storage.map.has('exchange.owed')).toBe(false);
  });

  it('is kept if the new list cannot be stored', () => {
    const storage = storageOf({ 'exchange.owed': legacy });
    const store = createLocalStore({ ...storage, setItem: () => undefined });
    expect(store.pending()).toHaveLength(1);
    expect(storage.map.has('exchange.owed')).toBe(true);
  });
});

describe('a storage that does not store', () => {
  const refuse = () => {
    throw new DOMException('Denied.', 'SecurityError');
  };
  it.each([
    ['is missing', undefined],
    ['throws', { getItem: refuse, setItem: refuse, removeItem: refuse }],
    ['ignores values', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }],
  ])('is noticed when it %s, and values last while the page is open', (_case, storage) => {
    const store = createLocalStore(storage);
    expect(store.add(exchange('t-1'))).toBe(false);
    expect(store.pending()).toEqual([exchange('t-1')]);
    store.markEnded(exchange('t-1'), 'received');
    expect(store.pending()).toEqual([]);
    store.erase();
    expect(store.entries()).toEqual([]);
  });

  it('loses nothing when it has just become full', () => {
    const storage = storageOf();
    let isFull = false;
    const setItem = (key: string, value: string) => (isFull ? refuse() : storage.setItem(key, value));
    const store = createLocalStore({ ...storage, setItem });
    store.add(exchange('t-1'));
    isFull = true;
    expect(store.add(exchange('t-2'))).toBe(false);
    expect(store.pending()).toHaveLength(2);
    isFull = false;
    store.update('t-1', { fate: 'landed' });
    expect(createLocalStore(storage).pending()).toHaveLength(2);
  });
});

describe('stored text of others', () => {
  const good = { key: 't-1', at, ...exchange('t-1') };
  it.each<[string, unknown]>([
    ['null', null],
    ['an object', {}],
    ['a mixed list', [1, null, 'x', {}, []]],
    ['a ticket that is a number', [{ ...good, exchange: { ...good.exchange, ticket: 5 } }]],
    ['another key than the ticket', [{ ...good, key: 't-2' }]],
    ['no time', [{ ...good, at: 'yesterday' }]],
    [
      'a URL of another site',
      [
        {
          key: 'https://x.example/',
          at,
          parcel: { url: 'https://x.example/', name: 'x', size: 1 },
        },
      ],
    ],
    ['a size that is a string', [{ key: '/api/d', at, parcel: { url: '/api/d', name: 'x', size: 'big' } }]],
  ])('is dropped: %s', (_case, value) => {
    const text = JSON.stringify(value);
    expect(createLocalStore(storageOf({ 'exchange.entries': text })).entries()).toEqual([]);
  });

  it.each([
    'not JSON',
    'null',
    '{}',
    '[1, null, "x", {}]',
    '[{"exchange": {"ticket": 5}}]',
    '[{"exchange": {"ticket": "t-1", "gift": {}}}]',
    '[{"parcel": {"url": "https://elsewhere.example/", "name": "x", "size": 1}}]',
  ])('is dropped from both lists: %s', (text) => {
    const store = createLocalStore(storageOf({ 'exchange.entries': text, 'exchange.owed': text }));
    expect(store.entries()).toEqual([]);
  });

  it('is dropped where only a field is invalid', () => {
    const odd = {
      ...good,
      ...{ end: 'eaten', fate: 5, thanks: 'a word', thanked: '💣', reported: 'yes', more: 1 },
      exchange: { ticket: 't-1', gift: { name: 'a.txt', size: 1, kind: 'program', more: 1 } },
      parcel: { url: '//elsewhere.example', name: 'x', size: 1 },
    };
    const text = JSON.stringify([odd, good]);
    const store = createLocalStore(storageOf({ 'exchange.entries': text }));
    expect(store.entries()).toEqual([good]);
    const alone = createLocalStore(storageOf({ 'exchange.entries': JSON.stringify([odd]) }));
    expect(alone.entries()).toEqual([
      { key: 't-1', at, exchange: { ticket: 't-1', gift: { name: 'a.txt', size: 1 } } },
    ]);
  });
});

describe('a listener', () => {
  it('hears of changes in this tab and in others, until its signal', () => {
    const tabs = new EventTarget();
    const store = createLocalStore(storageOf(), { tabs });
    const controller = new AbortController();
    let calls = 0;
    store.onChange(() => calls++, controller.signal);
    store.add(exchange('t-1'));
    store.update('t-1', { fate: 'landed' });
    store.markEnded(exchange('t-1'), 'received');
    store.erase();
    expect(calls).toBe(4);
    const elsewhere = (key: string | null) => tabs.dispatchEvent(Object.assign(new Event('storage'), { key }));
    for (const key of ['exchange.entries', null, 'exchange.language', 'other']) elsewhere(key);
    expect(calls).toBe(6);
    controller.abort();
    store.add(exchange('t-2'));
    expect(calls).toBe(6);
  });

  it('is not called when nothing has changed', () => {
    const store = createLocalStore(storageOf());
    store.add(exchange('t-1'));
    store.update('t-1', { fate: 'waiting' });
    let calls = 0;
    store.onChange(() => calls++, new AbortController().signal);
    store.update('t-1', { fate: 'waiting', thanks: undefined });
    store.markEnded(exchange('never-kept') satisfies PendingExchange, 'gone');
    expect(calls).toBe(0);
  });
});
