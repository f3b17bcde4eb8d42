import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AccountClient } from '../../contract/account-client.ts';
import type { HistoryItem } from '../../contract/api/account-schemas.ts';
import { fileKinds } from '../../contract/vocabulary.ts';
import { t } from '../i18n/messages.tsx';
import type { HistoryEntry } from '../state/history.ts';
import { Field } from './field.tsx';
import { accountIdOf, type ListedEntry, type ListFilter, mergeHistory } from './merge-history.ts';

export interface ListProps {
  /** The entries of this browser, the newest first. */
  readonly entries: readonly HistoryEntry[];
  readonly renderEntry: (entry: HistoryEntry, place?: ListedEntry['place']) => VNode;
}

interface AccountListProps extends ListProps {
  readonly client: AccountClient;
  /** Another number after each change of the account's history. */
  readonly version: number;
  /** Hears which entries of this browser the account does not have, as far as its history is loaded. */
  readonly heardMissing: (missing: readonly HistoryEntry[]) => void;
}

const everything: ListFilter = { text: '', kind: '', direction: '' };
const isEverything = ({ text, kind, direction }: ListFilter) => !(text || kind || direction);

/** The exchanges of the account and this browser, by search and page. */
export function AccountList({ client, version, entries, renderEntry, heardMissing }: AccountListProps) {
  const [filter, setFilter] = useState(everything);
  const ids = useAccountIds(entries);
  const { items, next, more, isWhole } = usePages(client, filter, version);
  useEffect(() => {
    if (!isWhole || ids.size < entries.length) return;
    const known = new Set(items?.map(({ id }) => id));
    heardMissing(entries.filter(({ key }) => !known.has(ids.get(key) ?? '')));
  }, [items, ids]);
  const listed = mergeHistory(entries, ids, items ?? [], filter);
  return (
    <>
      <Filter filter={filter} change={setFilter} />
      {listed.length === 0 && !isEverything(filter) && <p class="quiet">{t('account.none')}</p>}
      <ul class="entries">{listed.map(({ entry, place }) => renderEntry(entry, place))}</ul>
      {next !== undefined && (
        <button type="button" onClick={more}>
          {t('account.more')}
        </button>
      )}
    </>
  );
}

/** The ids of entries in the account, by key; computed once for each. */
function useAccountIds(entries: readonly HistoryEntry[]): ReadonlyMap<string, string> {
  const [ids, setIds] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    let isOver = false;
    const add = async () => {
      const added = entries.filter(({ key }) => !ids.has(key));
      const hashed = await Promise.all(added.map(async (one) => [one.key, await accountIdOf(one)] as const));
      if (!isOver && hashed.length > 0) setIds(new Map([...ids, ...hashed]));
    };
    void add();
    return () => {
      isOver = true;
    };
  }, [entries]);
  return ids;
}

/** The pages of the account's history that were asked for. `isWhole`: they are the whole history. */
function usePages(client: AccountClient, filter: ListFilter, version: number) {
  const [items, setItems] = useState<readonly HistoryItem[]>();
  const [next, setNext] = useState<number>();
  const [loadedFilter, setLoadedFilter] = useState<ListFilter>();
  const load = async (before: number | undefined, isWanted: () => boolean) => {
    const page = await client.history({ ...filter, ...(before === undefined ? {} : { before }) });
    if (!isWanted()) return;
    setItems((known) => [...(before === undefined ? [] : (known ?? [])), ...page.entries]);
    setNext(page.next);
    setLoadedFilter(filter);
  };
  useEffect(() => {
    let isOver = false;
    // Typing waits for a pause.
    const timer = setTimeout(() => void load(undefined, () => !isOver).catch(() => undefined), filter.text ? 250 : 0);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [client, filter, version]);
  const isWhole = loadedFilter !== undefined && isEverything(loadedFilter) && next === undefined;
  return { items, next, isWhole, more: () => void load(next, () => true).catch(() => undefined) };
}

interface FilterProps {
  readonly filter: ListFilter;
  readonly change: (filter: ListFilter) => void;
}

function Filter({ filter, change }: FilterProps) {
  const set = (part: Partial<ListFilter>) => change({ ...filter, ...part });
  return (
    <search class="account-filter">
      <Field label={t('account.search')} type="search" value={filter.text} write={(text) => set({ text })} />
      <label>
        {t('account.show')}{' '}
        <select value={filter.direction} onChange={({ currentTarget }) => set({ direction: currentTarget.value })}>
          <option value="">{t('account.show.all')}</option>
          <option value="gave">{t('account.show.gave')}</option>
          <option value="received">{t('account.show.received')}</option>
        </select>
      </label>{' '}
      <label>
        {t('account.kind')}{' '}
        <select value={filter.kind} onChange={({ currentTarget }) => set({ kind: currentTarget.value })}>
          <option value="">{t('account.show.all')}</option>
          {fileKinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`kind.${kind}`)}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}
