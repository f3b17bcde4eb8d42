import type { ComponentChildren } from 'preact';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { isRetryable } from '../failures.ts';
import { secondarySource, useFilePicker } from '../files/file-picker.tsx';
import { defaultMaxFileSize } from '../files/selected-files.ts';
import type { FileSelection } from '../files/types.ts';
import { formatLimit } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { ParcelFrame } from '../scene/parcel-frame.tsx';
import type { Dispatch, ExchangeState } from '../state/exchange.ts';
import { thanksIn } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';
import { useHistoryEntries } from '../state/use-history.ts';
import { Icon } from '../ui/icons.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { FirstSteps } from './first-steps.tsx';

interface GiveFormProps {
  readonly state: Extract<ExchangeState, { name: 'idle' }>;
  readonly dispatch: Dispatch;
  readonly offerFiles: (selection: FileSelection) => void;
  readonly isDragging: boolean;
  readonly stats: PoolStats | undefined;
  readonly store: LocalStore;
}

/** The form for a gift: drop zone, size limit and the button for a free draw. */
export function GiveForm({ state, dispatch, offerFiles, isDragging, stats, store }: GiveFormProps) {
  const { failure, keyedFile } = state;
  return (
    <>
      <DropZone
        offerFiles={offerFiles}
        isDragging={isDragging}
        isAnother={failure !== undefined && failure.name === undefined}
      >
        {failure && (
          <FailureNotice failure={failure}>
            {keyedFile && isRetryable(failure) && (
              <button type="button" onClick={() => dispatch({ type: 'selected', keyedFile })}>
                {t('tryAgain')}
              </button>
            )}
            {keyedFile && failure.code === 'metadata-stays' && stats?.strip_metadata !== 'always' && (
              <button
                type="button"
                onClick={() => dispatch({ type: 'selected', keyedFile: { ...keyedFile, isAsItIs: true } })}
              >
                {t('strip.asItIs')}
              </button>
            )}
          </FailureNotice>
        )}
      </DropZone>
      <p class="quiet">{t('limit', { most: formatLimit(stats?.max_file_size ?? defaultMaxFileSize) })}</p>
      <ThanksLine store={store} />
      <FirstSteps />
      <FreeDrawButton dispatch={dispatch} stats={stats} />
    </>
  );
}

interface DropZoneProps {
  readonly offerFiles: (selection: FileSelection) => void;
  readonly isDragging: boolean;
  readonly isAnother: boolean;
  /** The notice stands below the button, where a change moves the least. */
  readonly children: ComponentChildren;
}

function DropZone({ offerFiles, isDragging, isAnother, children }: DropZoneProps) {
  const { pick, input } = useFilePicker(offerFiles);
  const secondary = secondarySource();
  return (
    <>
      <button
        type="button"
        class={isDragging ? 'drop-zone is-dragging' : 'drop-zone'}
        data-focus
        onClick={() => pick()}
      >
        <ParcelFrame stage="open" />
        <strong>{isDragging ? t('drop.now') : t('drop')}</strong>
        <span>{t('drop.promise')}</span>
        <span class="button primary">{isAnother ? t('choose.other') : t('choose')}</span>
      </button>
      {children}
      {secondary && (
        <button type="button" class="link" onClick={() => pick(secondary)}>
          <Icon name={secondary} /> {t(`many.${secondary}`)}
        </button>
      )}
      {input}
    </>
  );
}

/** Hidden while the shelf is empty. */
function FreeDrawButton({ dispatch, stats }: { dispatch: Dispatch; stats: PoolStats | undefined }) {
  if (stats?.file_count === 0) return null;
  const isOwed = stats?.free_count === 0;
  return (
    <div class="take-one">
      <button
        type="button"
        class="link"
        disabled={isOwed}
        aria-describedby={isOwed ? 'take-reason' : undefined}
        onClick={() => dispatch({ type: 'draw-free' })}
      >
        {t('takeOne')}
      </button>
      {isOwed && (
        <p class="quiet" id="take-reason">
          {t('takeOne.owed')}
        </p>
      )}
    </div>
  );
}

/** Thanks are noticed on the start page, too. */
function ThanksLine({ store }: { readonly store: LocalStore }) {
  const count = thanksIn(useHistoryEntries(store));
  if (count === 0) return null;
  return (
    <p class="thanks-line">
      <Icon name="heart" /> {t('mine.hearts.line', { count })}
    </p>
  );
}
