import type { AccountClient } from '../../contract/account-client.ts';
import type { TakeOverAnswer } from '../../contract/api/account-schemas.ts';
import { joinSentences, t } from '../i18n/messages.tsx';
import type { HistoryEntry } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';
import { secretOf } from './merge-history.ts';
import type { AccountView } from './use-account.ts';

interface TakeOverProps {
  readonly view: AccountView;
  readonly missing: readonly HistoryEntry[];
  readonly store: LocalStore;
  /** Called when the history of the account has changed. */
  readonly changed: () => void;
}

/** Offers to take what was given without the account into it. */
export function TakeOver({ view: { client, act, isBusy }, missing, store, changed }: TakeOverProps) {
  const take = () =>
    act(async () => {
      const taken = await takeOver(client, store, missing);
      changed();
      return joinSentences(
        t('account.take.done', { count: taken.added + taken.known }),
        taken.foreign > 0 && t('account.take.foreign', { count: taken.foreign }),
        taken.unknown > 0 && t('account.take.unknown', { count: taken.unknown }),
      );
    });
  return (
    <p class="notice">
      {t('account.take', { count: missing.length })}{' '}
      <button type="button" aria-disabled={isBusy} onClick={() => void take()}>
        {t('account.take.do')}
      </button>
    </p>
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
