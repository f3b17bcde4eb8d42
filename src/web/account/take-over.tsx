import { useEffect, useState } from 'preact/hooks';
import type { AccountClient } from '../../contract/account-client.ts';
import type { TakeOverAnswer } from '../../contract/api/account-schemas.ts';
import { joinSentences, t } from '../i18n/messages.tsx';
import type { HistoryEntry } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';
import { secretOf } from './merge-history.ts';
import type { AccountView } from './use-account.ts';

/** The entries of this browser that the account does not have. */
interface TakeOverOffer {
  readonly entries: readonly HistoryEntry[];
  readonly hear: (missing: readonly HistoryEntry[]) => void;
  /** Called with the entries that the account was asked to take; they are not offered again. */
  readonly asked: (entries: readonly HistoryEntry[]) => void;
}

/** Collects what can be taken into one account. An entry that the service has forgotten cannot. */
export function useTakeOverOffer(account: string | undefined): TakeOverOffer {
  const [missing, hear] = useState<readonly HistoryEntry[]>([]);
  const [askedKeys, setAsked] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    hear([]);
    setAsked(new Set());
  }, [account]);
  return {
    entries: missing.filter(({ key, end, forgotten }) => !forgotten && end !== 'gone' && !askedKeys.has(key)),
    hear,
    asked: (entries) => setAsked(new Set([...askedKeys, ...entries.map(({ key }) => key)])),
  };
}

interface TakeOverProps {
  readonly view: AccountView;
  readonly offer: TakeOverOffer;
  readonly store: LocalStore;
  /** Called when the history of the account has changed. */
  readonly changed: () => void;
}

/** Offers to take what was given without the account into it. */
export function TakeOver({ view: { client, act, isBusy }, offer, store, changed }: TakeOverProps) {
  const take = () =>
    act(async () => {
      const taken = await takeOver(client, store, offer.entries);
      offer.asked(offer.entries);
      changed();
      return joinSentences(
        t('account.take.done', { count: taken.added + taken.known }),
        taken.foreign > 0 && t('account.take.foreign', { count: taken.foreign }),
        taken.unknown > 0 && t('account.take.unknown', { count: taken.unknown }),
      );
    });
  return (
    <div class="account-news">
      <p>{t('account.take', { count: offer.entries.length })}</p>
      <button type="button" aria-disabled={isBusy} onClick={() => void take()}>
        {t('account.take.do')}
      </button>
    </div>
  );
}

/** How many entries one request takes. */
const batch = 100;

/** Takes the giver and these entries; the browser then gives as the account, also when it is signed out. */
async function takeOver(
  client: AccountClient,
  store: LocalStore,
  entries: readonly HistoryEntry[],
): Promise<Omit<TakeOverAnswer, 'giver'>> {
  const giver = store.giver();
  const total = { added: 0, known: 0, foreign: 0, unknown: 0 };
  for (let from = 0; from < entries.length; from += batch) {
    const part = entries.slice(from, from + batch);
    const taken = await client.takeOver({
      ...(giver === undefined ? {} : { giver }),
      tickets: part.filter(({ exchange }) => exchange).map(secretOf),
      deliveries: part.filter(({ exchange }) => !exchange).map(secretOf),
    });
    for (const count of ['added', 'known', 'foreign', 'unknown'] as const) total[count] += taken[count];
    store.saveGiver(taken.giver);
  }
  return total;
}
