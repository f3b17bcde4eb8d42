import { t } from '../i18n/messages.tsx';
import { type Item, isOnItsWay, owedFor } from '../state/batch-item.ts';
import type { Owed } from '../state/exchange.ts';
import type { Batch } from './batch.ts';
import { canOpen } from './row.tsx';
import { isCancellable, type Run } from './uploader.ts';

export interface PartProps {
  readonly batch: Batch;
  readonly run: Run;
  readonly isBehind: boolean;
  readonly open: (owed: Owed) => void;
}

/** What to do with all of it: one thing at a time. */
export function Actions({ batch: { items }, run, isBehind, open }: PartProps) {
  const idsOf = (isMeant: (item: Item) => boolean) => items.filter(isMeant).map(({ id }) => id);
  if (items.some(isOnItsWay)) {
    const ids = idsOf(isCancellable);
    return (
      <div class="actions" key="sending">
        <button type="button" disabled={ids.length === 0} onClick={() => run.cancel(ids)}>
          {t('many.cancelAll')}
        </button>
      </div>
    );
  }
  const first = firstToOpen(items, isBehind);
  const failed = idsOf(({ standing }) => standing.name === 'failed');
  if (!first && failed.length === 0) return null;
  return (
    <div class="actions" key="done">
      {first && (
        <button type="button" class="primary" onClick={() => open(first)}>
          {t('many.openFirst')}
        </button>
      )}
      {failed.length > 0 && (
        <button
          type="button"
          class={first ? undefined : 'primary'}
          onClick={() => run.again(failed)}
        >
          {t('many.allAgain')}
        </button>
      )}
    </div>
  );
}

/** What is surely here before what may be. */
function firstToOpen(items: readonly Item[], isBehind: boolean): Owed | undefined {
  const open = items.filter(({ standing }) => canOpen(standing, isBehind));
  const isHere = ({ standing }: Item) => standing.name !== 'given' || standing.ticket !== 'open';
  const found = open.find(isHere) ?? open[0];
  return found && owedFor(found);
}
