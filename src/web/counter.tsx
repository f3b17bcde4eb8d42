import { useRef } from 'preact/hooks';
import type { PoolStats } from '../contract/schemas.ts';
import type { Dispatch, State } from './exchange.ts';
import { formatSize } from './format.ts';
import { Notice } from './notice.tsx';
import { largestFile, type Offered } from './offer.ts';
import { ParcelPicture } from './parcel.tsx';
import { mayPass } from './why.ts';
import { words } from './words.ts';

interface CounterProps {
  readonly state: Extract<State, { name: 'idle' }>;
  readonly dispatch: Dispatch;
  readonly offer: (offered: Offered) => void;
  readonly isDragging: boolean;
  readonly stats: PoolStats | undefined;
}

/** The open parcel: where a file is handed over. */
export function Counter({ state, dispatch, offer, isDragging, stats }: CounterProps) {
  const { why, file } = state;
  return (
    <>
      {why && (
        <Notice why={why}>
          {file && mayPass(why) && (
            <button type="button" onClick={() => dispatch({ type: 'offered', file })}>
              {words.tryAgain}
            </button>
          )}
        </Notice>
      )}
      <DropZone offer={offer} isDragging={isDragging} isAnother={why !== undefined} />
      <p class="quiet">{words.limit(formatSize(stats?.max_file_size ?? largestFile))}</p>
      <TakeOne dispatch={dispatch} stats={stats} />
    </>
  );
}

interface DropZoneProps {
  readonly offer: (offered: Offered) => void;
  readonly isDragging: boolean;
  readonly isAnother: boolean;
}

function DropZone({ offer, isDragging, isAnother }: DropZoneProps) {
  const picker = useRef<HTMLInputElement>(null);
  const picked = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const files = [...(currentTarget.files ?? [])];
    // So that the same file can be chosen again.
    currentTarget.value = '';
    if (files.length > 0) offer({ files, hasFolder: false });
  };
  return (
    <>
      <button
        type="button"
        class={isDragging ? 'drop-zone is-dragging' : 'drop-zone'}
        data-focus
        onClick={() => picker.current?.click()}
      >
        <ParcelPicture stage="open" />
        <strong>{isDragging ? words.dropNow : words.drop}</strong>
        <span>{words.dropPromise}</span>
        <span class="button primary">{isAnother ? words.chooseOther : words.choose}</span>
      </button>
      <input ref={picker} type="file" hidden onChange={picked} />
    </>
  );
}

function TakeOne({ dispatch, stats }: { dispatch: Dispatch; stats: PoolStats | undefined }) {
  const isEmpty = stats?.free_count === 0;
  const reason = stats?.file_count === 0 ? words.takeEmpty : words.takeNone;
  return (
    <div class="take-one">
      <button
        type="button"
        class="link"
        disabled={isEmpty}
        aria-describedby={isEmpty ? 'take-reason' : undefined}
        onClick={() => dispatch({ type: 'take' })}
      >
        {words.takeOne}
      </button>
      {isEmpty && (
        <p class="quiet" id="take-reason">
          {reason}
        </p>
      )}
    </div>
  );
}
