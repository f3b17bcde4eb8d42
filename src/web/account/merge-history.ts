/** The history of the account and the list of this browser as one list, without doubles. */
import type { HistoryItem } from '../../contract/api/account-schemas.ts';
import { type HistoryQuery, isWantedExchange } from '../../contract/history-query.ts';
import type { EntryEnd, HistoryEntry } from '../state/history.ts';

/** An entry of the list. `place`: it is only in the account; `plain` is a gift without a ticket. */
export interface ListedEntry {
  readonly entry: HistoryEntry;
  readonly place?: 'elsewhere' | 'plain';
  /** Its id in the account, if it is there. */
  readonly accountId?: string;
}

/** The secret that an entry is known by: its ticket, or the last part of its delivery's address. */
export const secretOf = ({ key, exchange }: HistoryEntry): string => (exchange ? key : (key.split('/').at(-1) ?? key));

/** The id by which the account knows an entry: the SHA-256 of its secret, in hex. */
export async function accountIdOf(entry: HistoryEntry): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secretOf(entry)));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Merges both lists, the newest first. An entry of both is shown as this browser has it, since it has the secrets. */
export function mergeHistory(
  local: readonly HistoryEntry[],
  idOf: ReadonlyMap<string, string>,
  items: readonly HistoryItem[],
  query: HistoryQuery,
): readonly ListedEntry[] {
  const known = new Set(local.map(({ key }) => idOf.get(key)));
  const elsewhere = items.filter(({ id }) => !known.has(id)).map(listedItem);
  const inAccount = new Set(items.map(({ id }) => id));
  const here = local
    .filter(({ exchange, parcel }) => isWantedExchange({ gave: exchange?.gift, received: parcel }, query))
    .map((entry) => {
      const accountId = idOf.get(entry.key);
      return accountId !== undefined && inAccount.has(accountId) ? { entry, accountId } : { entry };
    });
  return [...here, ...elsewhere].toSorted((one, other) => Date.parse(other.entry.at) - Date.parse(one.entry.at));
}

type ItemState = NonNullable<HistoryItem['state']>;

const ends: { readonly [State in ItemState]?: EntryEnd } = {
  spent: 'received',
  withdrawn: 'withdrawn',
  expired: 'expired',
};

function listedItem({ id, at, gave, received, state }: HistoryItem): ListedEntry {
  const end = state && ends[state];
  const entry: HistoryEntry = {
    key: id,
    at,
    ...(gave && { exchange: { ticket: '', gift: gave }, fate: gave.fate }),
    ...(gave?.thanks && { thanks: gave.thanks }),
    ...(received && { parcel: { ...received, url: '' } }),
    ...(received?.thanks && { thanked: received.thanks }),
    ...(end && { end }),
  };
  return { entry, place: state ? 'elsewhere' : 'plain', accountId: id };
}
