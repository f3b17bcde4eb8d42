import type { ComponentChildren } from 'preact';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { mayPass } from '../failures.ts';
import { otherSource, usePicker } from '../files/file-picker.tsx';
import { largestFile, type Offered } from '../files/selected-files.ts';
import { formatLimit } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { ParcelPlace } from '../scene/parcel-portal.tsx';
import type { Dispatch, State } from '../state/exchange.ts';
import { Icon } from '../ui/icons.tsx';
import { Notice } from '../ui/notice.tsx';

interface CounterProps {
  readonly state: Extract<State, { name: 'idle' }>;
  readonly dispatch: Dispatch;
  readonly offer: (offered: Offered) => void;
  readonly isDragging: boolean;
  readonly stats: PoolStats | undefined;
}

/** The open parcel: where a file is handed over. */
export function Counter({ state, dispatch, offer, isDragging, stats }: CounterProps) {
  const { why, offering } = state;
  return (
    <>
      <DropZone offer={offer} isDragging={isDragging} isAnother={why !== undefined}>
        {why && (
          <Notice why={why}>
            {offering && mayPass(why) && (
              <button type="button" onClick={() => dispatch({ type: 'offered', offering })}>
                {t('tryAgain')}
              </button>
            )}
          </Notice>
        )}
      </DropZone>
      <p class="quiet">{t('limit', { most: formatLimit(stats?.max_file_size ?? largestFile) })}</p>
      <TakeOne dispatch={dispatch} stats={stats} />
    </>
  );
}

interface DropZoneProps {
  readonly offer: (offered: Offered) => void;
  readonly isDragging: boolean;
  readonly isAnother: boolean;
  /** What to know before choosing another: below the button, where the eye is and little else moves. */
  readonly children: ComponentChildren;
}

function DropZone({ offer, isDragging, isAnother, children }: DropZoneProps) {
  const { pick, input } = usePicker(offer);
  const other = otherSource();
  return (
    <>
      <button
        type="button"
        class={isDragging ? 'drop-zone is-dragging' : 'drop-zone'}
        data-focus
        onClick={() => pick()}
      >
        <ParcelPlace stage="open" />
        <strong>{isDragging ? t('drop.now') : t('drop')}</strong>
        <span>{t('drop.promise')}</span>
        <span class="button primary">{isAnother ? t('choose.other') : t('choose')}</span>
      </button>
      {children}
      {other && (
        <button type="button" class="link" onClick={() => pick(other)}>
          <Icon name={other} /> {t(`many.${other}`)}
        </button>
      )}
      {input}
    </>
  );
}

function TakeOne({ dispatch, stats }: { dispatch: Dispatch; stats: PoolStats | undefined }) {
  const isEmpty = stats?.free_count === 0;
  const reason = stats?.file_count === 0 ? t('takeOne.empty') : t('takeOne.owed');
  return (
    <div class="take-one">
      <button
        type="button"
        class="link"
        disabled={isEmpty}
        aria-describedby={isEmpty ? 'take-reason' : undefined}
        onClick={() => dispatch({ type: 'take' })}
      >
        {t('takeOne')}
      </button>
      {isEmpty && (
        <p class="quiet" id="take-reason">
          {reason}
        </p>
      )}
    </div>
  );
}
