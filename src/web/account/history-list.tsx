import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AccountClient } from '../../contract/account-client.ts';
import type { HistoryItem } from '../../contract/api/account-schemas.ts';
import type { HistoryQuery } from '../../contract/history-query.ts';
import { fileKinds } from '../../contract/vocabulary.ts';
import { t } from '../i18n/messages.tsx';
import type { HistoryEntry } from '../state/history.ts';
import { Confirmed } from './confirmed.tsx';
import { Field } from './field.tsx';
import { accountIdOf, type ListedEntry, mergeHistory } from './merge-history.ts';
import type { AccountView } from './use-account.ts';

export interface ListProps {
  /** The entries of this browser, the newest first. */
  readonly entries: readonly HistoryEntry[];
  readonly renderEntry: (entry: HistoryEntry, place?: ListedEntry['place'], more?: VNode) => VNode;
  /** Shown in place of a list without entries. */
  readonly empty: VNode;
}

interface AccountListProps extends ListProps {
  readonly view: AccountView;
  /** Another number after each change of the account's history. */
  readonly version: number;
  /** Called when an entry was erased. */
  readonly changed: () => void;
  /** Hears which entries of this browser the account does not have, as far as its history is loaded. */
  readonly heardMissing: (missing: readonly HistoryEntry[]) => void;
}

/** Empty texts for no condition. */
type ListQuery = Readonly<Record<keyof HistoryQuery, string>>;

const everything: ListQuery = { text: '', kind: '', direction: '' };
const isEverything = ({ text, kind, direction }: ListQuery) => !(text || kind || direction);

/** The exchanges of the account and this browser, by search and page. */
export function AccountList(props: AccountListProps) {
  const { view, version, entries, renderEntry, heardMissing, empty } = props;
  const [filter, setFilter] = useState(everything);
  const ids = useAccountIds(entries);
  const { items, next, more, isWhole } = usePages(view.client, filter, version);
  useEffect(() => {
    if (!isWhole || ids.size < entries.length) return;
    const known = new Set(items?.map(({ id }) => id));
    heardMissing(entries.filter(({ key }) => !known.has(ids.get(key) ?? '')));
  }, [items, ids]);
  const listed = mergeHistory(entries, ids, items ?? [], filter);
  return (
    <>
      <Filter filter={filter} change={setFilter} />
      {listed.length === 0 && items && (isEverything(filter) ? empty : <p class="quiet">{t('account.none')}</p>)}
      <ul class="entries">
        {listed.map(({ entry, place, accountId }) =>
          renderEntry(entry, place, accountId === undefined ? undefined : <EraseEntry {...props} id={accountId} />),
        )}
      </ul>
      {next !== undefined && (
        <button type="button" onClick={more}>
          {t('account.more')}
        </button>
      )}
    </>
  );
}

interface EraseEntryProps extends Pick<AccountListProps, 'view' | 'changed'> {
  readonly id: string;
}

/** Erases one entry from the account. It stays in the list of this browser, if it is there. */
function EraseEntry({ view: { client, act }, changed, id }: EraseEntryProps) {
  const place = useRef<HTMLDivElement>(null);
  const erase = async () => {
    const entry = place.current?.closest('li');
    const next = [entry?.nextElementSibling, entry?.previousElementSibling].find((one) => !!one);
    const isErased = await act(async () => {
      await client.eraseHistory(id);
      return t('account.eraseEntry.done');
    });
    if (!isErased) return;
    // The entry vanishes from the list with the button that had the focus.
    (next ?? entry)?.querySelector('h3')?.focus();
    changed();
  };
  return (
    <div class="entry-erase" ref={place}>
      <Confirmed isQuiet label={t('account.eraseEntry')} question={t('account.eraseEntry.sure')} confirm={erase} />
    </div>
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
function usePages(client: AccountClient, filter: ListQuery, version: number) {
  const [items, setItems] = useState<readonly HistoryItem[]>();
  const [next, setNext] = useState<number>();
  const [loadedFilter, setLoadedFilter] = useState<ListQuery>();
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
  readonly filter: ListQuery;
  readonly change: (filter: ListQuery) => void;
}

function Filter({ filter, change }: FilterProps) {
  const set = (part: Partial<ListQuery>) => change({ ...filter, ...part });
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
