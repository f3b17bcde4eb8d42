import { describe, expect, it } from 'vitest';
import type { HistoryItem } from '../../contract/api/account-schemas.ts';
import type { HistoryEntry } from '../state/history.ts';
import { accountIdOf, mergeHistory } from './merge-history.ts';

const gift = (name: string) =>
  ({ name, size: 1, kind: 'text', mime_type: 'text/plain', sha256: 'ab', given_at: '' }) as const;
/** By `sha256sum`. */
const hashes: Readonly<Record<string, string>> = {
  t_2: '5d08324acb961fcfc1bd7649a0fa051caa1d9bc9992309060e27dab839c985ad',
  t_3: '3f759f4b100ad907db75e5d6d29fc0f6f93e3138d3a28e84d5216ac8d596dec2',
  d_1: '866007381d5c48a809b4b81ac01eeeefa6fe7618342db68747f205aa4817ba20',
  g: 'cd0aa9856147b6c5b4ff2b7dfee5da20aa38253099ef1b4a64aced233c9afe29',
};
const hashOf = (text: string) => hashes[text] ?? '';
const localGift = (ticket: string, at: string): HistoryEntry => ({
  key: ticket,
  at,
  exchange: { ticket, gift: { name: `${ticket}.txt`, size: 1, kind: 'text' } },
});
const item = (secret: string, at: string, more: Partial<HistoryItem> = {}): HistoryItem => ({
  id: hashOf(secret),
  at,
  gave: { ...gift(`${secret}.txt`), fate: 'landed' },
  state: 'open',
  ...more,
});
const everything = { text: '', kind: '', direction: '' };

async function merge(local: readonly HistoryEntry[], items: readonly HistoryItem[], filter = everything) {
  const ids = new Map(await Promise.all(local.map(async (one) => [one.key, await accountIdOf(one)] as const)));
  return mergeHistory(local, ids, items, filter).map(
    ({ entry, place }) => `${entry.key.slice(0, 6)} ${place ?? 'here'}`,
  );
}

describe('the list of account and browser', () => {
  it('has no doubles, the newest first', async () => {
    const local = [localGift('t_2', '2026-03-02T00:00:00Z'), localGift('t_1', '2026-03-01T00:00:00Z')];
    const items = [item('t_3', '2026-03-03T00:00:00Z'), item('t_2', '2026-03-02T00:00:00Z')];
    expect(await merge(local, items)).toEqual([`${hashOf('t_3').slice(0, 6)} elsewhere`, 't_2 here', 't_1 here']);
  });

  it('knows a free draw by the secret in its address', async () => {
    const url = '/api/deliveries/d_1';
    const draw: HistoryEntry = { key: url, at: '2026-03-01T00:00:00Z', parcel: { url, name: 'b', size: 1 } };
    expect(await merge([draw], [item('d_1', '2026-03-01T00:00:00Z')])).toEqual(['/api/d here']);
  });

  it('tells a gift without a ticket', async () => {
    const { state: _state, ...plain } = item('g', '2026-03-01T00:00:00Z');
    expect(await merge([], [plain])).toEqual([`${hashOf('g').slice(0, 6)} plain`]);
  });

  it.each([
    [{ ...everything, text: 'T_1' }, ['t_1 here']],
    [{ ...everything, direction: 'received' }, []],
    [{ ...everything, kind: 'image' }, []],
    [{ ...everything, kind: 'text', direction: 'gave' }, ['t_2 here', 't_1 here']],
  ])('is filtered by %j', async (filter, shown) => {
    const local = [localGift('t_2', '2026-03-02T00:00:00Z'), localGift('t_1', '2026-03-01T00:00:00Z')];
    expect(await merge(local, [], filter)).toEqual(shown);
  });
});
