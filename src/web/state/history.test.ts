import { describe, expect, it } from 'vitest';
import { canChange, endOf, fateOf, type HistoryEntry } from './history.ts';

const gave: HistoryEntry = {
  key: 't-1',
  at: '2026-03-01T12:00:00.000Z',
  exchange: { ticket: 't-1', gift: { name: 'a.txt', size: 1 } },
};
const took: HistoryEntry = {
  key: '/api/deliveries/d',
  at: gave.at,
  parcel: { url: '/api/deliveries/d', name: 'b.txt', size: 2 },
};

describe('the fate of a gift', () => {
  it.each<[string, Partial<HistoryEntry>, ReturnType<typeof fateOf>]>([
    ['is waiting by default', {}, 'waiting'],
    ['is the one of the service', { fate: 'on-its-way' }, 'on-its-way'],
    ['is withdrawn after a withdrawal', { end: 'withdrawn', fate: 'waiting' }, 'withdrawn'],
    ['is gone for an unknown ticket', { end: 'gone', fate: 'on-its-way' }, 'gone'],
    ['is gone for a forgotten ticket, also after its draw', { end: 'received', forgotten: true }, 'gone'],
    ['stays final', { end: 'received', forgotten: true, fate: 'landed' }, 'landed'],
  ])('%s', (_case, more, fate) => {
    expect(fateOf({ ...gave, ...more })).toBe(fate);
  });
});

describe('an entry', () => {
  it.each<[Partial<HistoryEntry>]>([
    [{}],
    [{ end: 'received', fate: 'on-its-way' }],
    [{ end: 'expired', fate: 'waiting' }],
    [{ fate: 'landed' }],
  ])('can still change: %j', (more) => {
    expect(canChange({ ...gave, ...more })).toBe(true);
  });

  it.each<[Partial<HistoryEntry>]>([
    [{ fate: 'landed', thanks: '🎉' }],
    [{ fate: 'expired' }],
    [{ fate: 'removed' }],
    [{ end: 'withdrawn' }],
    [{ end: 'gone' }],
    [{ forgotten: true }],
  ])('cannot change any more: %j', (more) => {
    expect(canChange({ ...gave, ...more })).toBe(false);
  });

  it('cannot change for a free draw', () => {
    expect(canChange(took)).toBe(false);
  });
});

it.each([
  ['taken-back', 'withdrawn'],
  ['ticket-withdrawn', 'withdrawn'],
  ['ticket-spent', 'received'],
  ['ticket-expired', 'expired'],
  ['ticket-unknown', 'gone'],
] as const)('%s ends the entry as %s', (code, end) => {
  expect(endOf({ code })).toBe(end);
});
