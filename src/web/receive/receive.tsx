import { useState } from 'preact/hooks';
import { endsDelivery, failureOf } from '../failures.ts';
import { formatSize } from '../i18n/format.ts';
import { failureSentence, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, ExchangeEvent, ExchangeState } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { useAbortableDispatch } from '../state/use-abortable.ts';
import { download, emptyDownload, DownloadError as LineDown } from '../transfer/download.ts';
import { ProgressBar, shareOf } from '../ui/progress.tsx';

type Receiving = Extract<ExchangeState, { name: 'receiving' }>;

interface ReceiveProps<S> {
  readonly state: S;
  readonly services: Services;
  readonly dispatch: Dispatch;
}

/** Downloads a delivery into memory. Only a complete and verified file is shown. */
export function Receive({ state, services, dispatch }: ReceiveProps<Receiving>) {
  const { parcel, partial } = state;
  const [size, setSize] = useState(partial?.size ?? 0);
  const [isOffline, setOffline] = useState(false);
  const progress = (arrived: number, isLineDown: boolean) => {
    setSize(arrived);
    setOffline(isLineDown);
  };
  useAbortableDispatch((signal) => downloadDelivery(state, services, progress, signal), dispatch, [state]);
  usePose({ stage: 'coming', share: shareOf(size, parcel.size) });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {t('receiving')}
      </h2>
      {isOffline && <p class="notice">{t('receiving.resuming')}</p>}
      <ProgressBar
        size={size}
        whole={parcel.size}
        label={t('receiving')}
        text={arrivedText(size, parcel.size)}
        isStill={isOffline}
      />
    </>
  );
}

/** The download has stopped; its bytes are kept for a retry. */
export function ReceiveInterrupted({ state, dispatch }: ReceiveProps<Extract<ExchangeState, { name: 'interrupted' }>>) {
  const { parcel, partial, failure } = state;
  usePose({ stage: 'coming', share: shareOf(partial.size, parcel.size) });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {t('broken')}
      </h2>
      <p class="notice">{failureSentence(failure)}</p>
      <ProgressBar
        size={partial.size}
        whole={parcel.size}
        label={t('receiving')}
        text={arrivedText(partial.size, parcel.size)}
      />
      <button type="button" class="primary" onClick={() => dispatch({ type: 'resumed' })}>
        {partial.size > 0 ? t('carryOn') : t('fetchAgain')}
      </button>
    </>
  );
}

const arrivedText = (size: number, whole: number) =>
  t('receiving.arrived', {
    part: formatSize(size),
    whole: formatSize(whole),
    share: shareOf(size, whole),
  });

async function downloadDelivery(
  { parcel, partial, response, exchange }: Receiving,
  { client, store }: Services,
  onProgress: (size: number, isOffline: boolean) => void,
  signal: AbortSignal,
): Promise<ExchangeEvent> {
  // The response of a free draw already carries the bytes.
  let unreadResponse = response;
  const open = async (from: number) => {
    const answer = from === 0 ? unreadResponse : undefined;
    unreadResponse = undefined;
    return answer ?? client.fetchDelivery(parcel, { from, signal });
  };
  try {
    const { size, sha256 } = parcel;
    const whole = await download({ size, sha256, open }, { signal, partial, onProgress });
    return { type: 'arrived', ...whole };
  } catch (error) {
    if (error instanceof LineDown) {
      const { partial: arrived, failure } = error;
      return {
        type: 'interrupted',
        partial: arrived,
        failure: failure.code === 'connection' ? { code: 'line-down' } : failure,
      };
    }
    const failure = failureOf(error);
    if (!endsDelivery(failure)) return { type: 'interrupted', partial: partial ?? emptyDownload, failure };
    if (!signal.aborted) markLost({ parcel, exchange }, store);
    return { type: 'delivery-lost', failure };
  }
}

/** The delivery is lost; with a ticket the page draws again. */
function markLost({ parcel, exchange }: Pick<Receiving, 'parcel' | 'exchange'>, store: Services['store']) {
  if (exchange) store.update(exchange.ticket, { parcel: undefined });
  else store.markEnded({ parcel }, 'gone');
}
