import { whyOf } from '../failures.ts';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, Event } from '../state/exchange.ts';
import type { Tools } from '../state/services.ts';
import { useOutcome } from '../state/use-abortable.ts';
import { take } from './free-draw-request.ts';

/** Taking one without giving: somebody's file that no ticket is owed. */
export function Take({ tools, dispatch }: { tools: Tools; dispatch: Dispatch }) {
  useOutcome((signal) => takeOne(tools, signal), dispatch, []);
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

async function takeOne({ client, keep }: Tools, signal: AbortSignal): Promise<Event> {
  try {
    const { parcel, first } = await take(client, keep.giver(), signal);
    keep.keep({ parcel });
    return { type: 'drawn', parcel, first };
  } catch (error) {
    const why = whyOf(error);
    return { type: 'refused', why: why.code === 'connection' ? { code: 'not-reached' } : why };
  }
}
