import { useState } from 'preact/hooks';
import { download, Broken as LineDown } from './download.ts';
import type { Dispatch, Event, State } from './exchange.ts';
import { formatPercent, formatSize } from './format.ts';
import { ParcelPicture } from './parcel.tsx';
import { Progress } from './progress.tsx';
import type { Tools } from './tools.ts';
import { whyOf } from './why.ts';
import { sentenceOf, words } from './words.ts';
import { useOutcome } from './work.ts';

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
  return (
    <>
      <ParcelPicture stage="coming" share={shareOf(size, parcel.size)} />
      <h2 tabIndex={-1} data-focus>
        {words.receiving}
      </h2>
      {isDown && <p class="notice">{words.resuming}</p>}
      <Progress
        share={shareOf(size, parcel.size)}
        label={words.receiving}
        text={arrivedText(size, parcel.size)}
      />
    </>
  );
}

/** It did not go on by itself; what has arrived is kept. */
export function Broken({ state, dispatch }: ReceiveProps<Extract<State, { name: 'broken' }>>) {
  const { parcel, part, why } = state;
  return (
    <>
      <ParcelPicture stage="coming" share={shareOf(part.size, parcel.size)} />
      <h2 tabIndex={-1} data-focus>
        {words.broken}
      </h2>
      <p class="notice">{sentenceOf(why)}</p>
      <Progress
        share={shareOf(part.size, parcel.size)}
        label={words.receiving}
        text={arrivedText(part.size, parcel.size)}
      />
      <button type="button" class="primary" onClick={() => dispatch({ type: 'carried-on' })}>
        {part.size > 0 ? words.carryOn : words.fetchAgain}
      </button>
    </>
  );
}

const shareOf = (size: number, whole: number) => (whole > 0 ? size / whole : 0);

const arrivedText = (size: number, whole: number) =>
  words.arrivedOf(formatSize(size), formatSize(whole), formatPercent(shareOf(size, whole)));

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
    return answer ?? client.fetchDelivery(parcel, from);
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
    if (!exchange && !signal.aborted) keep.forget({ parcel });
    return { type: 'lapsed', why: whyOf(error) };
  }
}
