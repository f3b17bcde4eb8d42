import { describe, expect, it } from 'vitest';
import { createLocalStore } from '../state/storage.ts';
import { exportHistory, exportTable } from './export.ts';
import { importHistory } from './import.ts';

const giver = `g_${'a'.repeat(32)}`;
const exchangeOf = (ticket: string) => ({ exchange: { ticket, gift: { name: `${ticket}.txt`, size: 1 } } });
const parcel = { url: '/api/deliveries/d', name: '=theirs, "quoted".txt', size: 2 };

function storeAt(time: string) {
  const map = new Map<string, string>();
  const storage = {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
  return createLocalStore(storage, { now: () => Date.parse(time) });
}

const blobOf = (text: string) => new Blob([text]);
const keysOf = (store: ReturnType<typeof storeAt>) => store.entries().map(({ key }) => key);

/** A list with a finished exchange and a pending one. */
function otherDevice() {
  const store = storeAt('2026-03-01T12:00:00Z');
  store.saveGiver(giver);
  store.add(exchangeOf('t-1'));
  store.update('t-1', { parcel, fate: 'landed', thanks: '🎉', thanked: '❤️' });
  store.markEnded(exchangeOf('t-1'), 'received');
  store.add(exchangeOf('t-2'));
  return store;
}

describe('an exported list', () => {
  it('is the same on another device', async () => {
    const [there, here] = [otherDevice(), storeAt('2026-03-02T12:00:00Z')];
    expect(await importHistory(here, blobOf(exportHistory(there, 0)))).toEqual({
      found: 2,
      added: 2,
      isOtherGiver: false,
    });
    expect(here.entries()).toEqual(there.entries());
    expect(here.giver()).toBe(giver);
  });

  it('is added by time, without doubles, and takes nothing back', async () => {
    const [there, here] = [otherDevice(), storeAt('2026-02-01T12:00:00Z')];
    here.add(exchangeOf('t-0'));
    here.add(exchangeOf('t-2'));
    here.markEnded(exchangeOf('t-2'), 'withdrawn');
    const text = exportHistory(there, 0);
    expect(await importHistory(here, blobOf(text))).toMatchObject({ found: 2, added: 1 });
    expect(await importHistory(here, blobOf(text))).toMatchObject({ found: 2, added: 0 });
    expect(keysOf(here)).toEqual(['t-1', 't-2', 't-0']);
    expect(here.entries()[1]).toMatchObject({ key: 't-2', end: 'withdrawn' });
  });

  it('tells what became of a gift that is known here as well', async () => {
    const [there, here] = [otherDevice(), storeAt('2026-02-01T12:00:00Z')];
    here.add(exchangeOf('t-1'));
    here.update('t-1', { fate: 'waiting' });
    await importHistory(here, blobOf(exportHistory(there, 0)));
    const known = here.entries().find(({ key }) => key === 't-1');
    expect(known).toMatchObject({ at: '2026-02-01T12:00:00.000Z', fate: 'landed', parcel, end: 'received' });
  });

  it('leaves the giver of this browser', async () => {
    const [there, here] = [otherDevice(), storeAt('2026-02-01T12:00:00Z')];
    const own = `g_${'b'.repeat(32)}`;
    here.saveGiver(own);
    expect(await importHistory(here, blobOf(exportHistory(there, 0)))).toMatchObject({ isOtherGiver: true });
    expect(here.giver()).toBe(own);
  });

  it('is kept for a while where the browser has no storage', async () => {
    const here = createLocalStore(undefined);
    expect(await importHistory(here, blobOf(exportHistory(otherDevice(), 0)))).toMatchObject({ fault: 'not-kept' });
    expect(here.entries()).toHaveLength(2);
  });

  it.each(['', 'not JSON', '[]', '{}', 'null', '{"exchanges": {}}'])('is not %j', async (text) => {
    const here = storeAt('2026-02-01T12:00:00Z');
    expect(await importHistory(here, blobOf(text))).toMatchObject({ fault: 'not-a-list', added: 0 });
    expect(here.giver()).toBeUndefined();
  });

  it('loses only its broken entries', async () => {
    const here = storeAt('2026-02-01T12:00:00Z');
    const exchanges = [null, { key: 't-9' }, { key: 't-1', at: '2026-03-01T12:00:00.000Z', ...exchangeOf('t-1') }];
    const list = { giver: 'g_short', exchanges: [...exchanges, { ...exchanges[2], key: 'other' }] };
    expect(await importHistory(here, blobOf(JSON.stringify(list)))).toMatchObject({ found: 1, added: 1 });
    expect(keysOf(here)).toEqual(['t-1']);
    expect(here.giver()).toBeUndefined();
  });
});

it('a table has a line for each exchange, and no secret', () => {
  const table = exportTable(otherDevice());
  const [head, pending, finished] = table.split('\r\n');
  expect(head).toContain('gave_name');
  expect(pending).toBe('2026-03-01T12:00:00.000Z,t-2.txt,,1,,waiting,,,,,,,,pending');
  expect(finished).toBe('2026-03-01T12:00:00.000Z,t-1.txt,,1,,landed,🎉,"\'=theirs, ""quoted"".txt",,2,,❤️,,received');
  expect(table).not.toContain('deliveries');
});
