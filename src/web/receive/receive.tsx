import { useState } from 'preact/hooks';
import { whyOf } from '../failures.ts';
import { formatSize } from '../i18n/format.ts';
import { sentenceOf, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, Event, State } from '../state/exchange.ts';
import type { Tools } from '../state/services.ts';
import { useOutcome } from '../state/use-abortable.ts';
import { download, Broken as LineDown } from '../transfer/download.ts';
import { Progress, shareOf } from '../ui/progress.tsx';

type Receiving = Extract<State, { name: 'receiving' }>;

interface ReceiveProps<S> {
  readonly state: S;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** A parcel is coming: its bytes arrive in memory, and only whole ones get further. */
export function Receive({ state, tools, dispatch }: ReceiveProps<Receiving>) {
  const { parcel, part } = state;
  const [size, setSize] = useState(part?.size ?? 0);
  const [isDown, setDown] = useState(false);
  const progress = (arrived: number, isLineDown: boolean) => {
    setSize(arrived);
    setDown(isLineDown);
  };
  useOutcome((signal) => receive(state, tools, progress, signal), dispatch, [state]);
  usePose({ stage: 'coming', share: shareOf(size, parcel.size) });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {t('receiving')}
      </h2>
      {isDown && <p class="notice">{t('receiving.resuming')}</p>}
      <Progress
        size={size}
        whole={parcel.size}
        label={t('receiving')}
        text={arrivedText(size, parcel.size)}
      />
    </>
  );
}

/** It did not go on by itself; what has arrived is kept. */
export function Broken({ state, dispatch }: ReceiveProps<Extract<State, { name: 'broken' }>>) {
  const { parcel, part, why } = state;
  usePose({ stage: 'coming', share: shareOf(part.size, parcel.size) });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {t('broken')}
      </h2>
      <p class="notice">{sentenceOf(why)}</p>
      <Progress
        size={part.size}
        whole={parcel.size}
        label={t('receiving')}
        text={arrivedText(part.size, parcel.size)}
      />
      <button type="button" class="primary" onClick={() => dispatch({ type: 'carried-on' })}>
        {part.size > 0 ? t('carryOn') : t('fetchAgain')}
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

async function receive(
  { parcel, part, first, exchange }: Receiving,
  { client, keep }: Tools,
  progress: (size: number, isDown: boolean) => void,
  signal: AbortSignal,
): Promise<Event> {
  // A parcel that was taken without giving is in the answer that told of it.
  let unread = first;
  const open = async (from: number) => {
    const answer = from === 0 ? unread : undefined;
    unread = undefined;
    return answer ?? client.fetchDelivery(parcel, { from, signal });
  };
  try {
    const { size, sha256 } = parcel;
    const whole = await download({ size, sha256, open }, { signal, part, progress });
    return { type: 'arrived', ...whole };
  } catch (error) {
    if (error instanceof LineDown) {
      const { part: kept, why } = error;
      return {
        type: 'broke',
        part: kept,
        why: why.code === 'mismatch' ? why : { code: 'line-down' },
      };
    }
    if (!signal.aborted) lose({ parcel, exchange }, keep);
    return { type: 'lapsed', why: whyOf(error) };
  }
}

/** The parcel comes to nothing; with a ticket there will be another. */
function lose({ parcel, exchange }: Pick<Receiving, 'parcel' | 'exchange'>, keep: Tools['keep']) {
  if (exchange) keep.note(exchange.ticket, { parcel: undefined });
  else keep.settle({ parcel }, 'gone');
}
