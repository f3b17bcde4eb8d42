import { t } from '../i18n/messages.tsx';
import type { Batch } from '../state/batch.ts';
import { type BatchItem, isCancellable, isUploading, pendingFor } from '../state/batch-item.ts';
import type { PendingExchange } from '../state/exchange.ts';
import type { Uploader } from '../state/services.ts';
import { canOpen } from './row.tsx';

export interface BatchPartProps {
  readonly batch: Batch;
  readonly uploader: Uploader;
  readonly isBehind: boolean;
  readonly canKeepMetadata: boolean;
  readonly open: (pending: PendingExchange) => void;
}

/** The actions for the whole batch, one at a time. */
export function BatchActions({ batch: { items }, uploader, isBehind, open }: BatchPartProps) {
  const idsOf = (isConfirmed: (item: BatchItem) => boolean) => items.filter(isConfirmed).map(({ id }) => id);
  if (items.some(isUploading)) {
    const ids = idsOf(isCancellable);
    return (
      <div class="actions" key="sending">
        <button type="button" disabled={ids.length === 0} onClick={() => uploader.cancel(ids)}>
          {t('many.cancelAll')}
        </button>
      </div>
    );
  }
  const first = firstToOpen(items, isBehind);
  const failed = idsOf(({ status }) => status.name === 'failed');
  if (!first && failed.length === 0) return null;
  return (
    <div class="actions" key="done">
      {first && (
        <button type="button" class="primary" onClick={() => open(first)}>
          {t('many.openFirst')}
        </button>
      )}
      {failed.length > 0 && (
        <button type="button" class={first ? undefined : 'primary'} onClick={() => uploader.retry(failed)}>
          {t('many.allAgain')}
        </button>
      )}
    </div>
  );
}

/** Prefers a file that is surely here to one that may be. */
function firstToOpen(items: readonly BatchItem[], isBehind: boolean): PendingExchange | undefined {
  const open = items.filter(({ status }) => canOpen(status, isBehind));
  const hasDelivery = ({ status }: BatchItem) => status.name !== 'given' || status.ticket !== 'open';
  const found = open.find(hasDelivery) ?? open[0];
  return found && pendingFor(found);
}
