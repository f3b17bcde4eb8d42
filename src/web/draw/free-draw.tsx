import { requestFailureOf } from '../failures.ts';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, ExchangeEvent } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { useAbortableDispatch } from '../state/use-abortable.ts';
import { requestFreeDraw } from './free-draw-request.ts';

/** A free draw: takes one file without giving, from the gifts that no ticket waits for. */
export function FreeDrawView({ services, dispatch }: { services: Services; dispatch: Dispatch }) {
  useAbortableDispatch((signal) => drawFree(services, signal), dispatch, []);
  usePose({ stage: 'coming', share: 0 });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {t('taking')}
      </h2>
      <p class="lead">{t('taking.more')}</p>
    </>
  );
}

async function drawFree({ client, store }: Services, signal: AbortSignal): Promise<ExchangeEvent> {
  try {
    const { parcel, response } = await requestFreeDraw(client, store.giver(), signal);
    store.add({ parcel });
    return { type: 'drawn', parcel, response };
  } catch (error) {
    return { type: 'refused', failure: requestFailureOf(error) };
  }
}
