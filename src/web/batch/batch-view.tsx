import type { VNode } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { maxFiles } from '../files/directory-files.ts';
import { useFilePicker } from '../files/file-picker.tsx';
import type { FileSelection } from '../files/types.ts';
import { formatSize, formatWait } from '../i18n/format.ts';
import { currentLanguage } from '../i18n/languages.ts';
import { joinSentences, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Batch } from '../state/batch.ts';
import type { BatchItem } from '../state/batch-item.ts';
import type { Dispatch, ExchangeState, PendingExchange } from '../state/exchange.ts';
import type { Services, Uploader } from '../state/services.ts';
import { FailureNotice } from '../ui/notice.tsx';
import { ProgressBar, shareOf } from '../ui/progress.tsx';
import { BatchActions, type BatchPartProps } from './actions.tsx';
import { totalsSentence } from './announcements.ts';
import { useNearbyFocus } from './focus.ts';
import { BatchRow, canOpen } from './row.tsx';
import { totalsOf } from './totals.ts';
import './batch-view.css';

interface BatchViewProps {
  readonly state: Extract<ExchangeState, { name: 'batch' }>;
  readonly batch: Batch;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly stats: PoolStats | undefined;
  /** True if the service answers. */
  readonly isReached: boolean;
  readonly offerFiles: (selection: FileSelection) => void;
}

/** The batch: its totals, and a row for each file. */
export function BatchView({ state, batch, services, dispatch, stats, isReached, offerFiles }: BatchViewProps) {
  const totals = totalsOf(batch);
  const isBehind = batch.items.some(isWaiting);
  const focus = useNearbyFocus();
  const canKeepMetadata = stats?.strip_metadata !== 'always';
  const open = useCallback((to: PendingExchange) => dispatch({ type: 'switched', to }), [dispatch]);
  const parts = { batch, uploader: services.uploader, isBehind, canKeepMetadata, open };
  const isSending = totals.uploading > 0;
  usePose(isSending ? { stage: 'tying', share: shareOf(totals.sentBytes, totals.totalBytes) } : { stage: 'shelf' });
  return (
    <div class="many" {...focus}>
      <h2 tabIndex={-1} data-focus>
        {totalsSentence(batch)}
      </h2>
      {state.failure && <FailureNotice failure={state.failure} />}
      {batch.hasUnsavedTicket && <FailureNotice failure={{ code: 'not-kept' }} />}
      {!isReached && <p class="notice">{t('unreachable')}</p>}
      {isSending ? <UploadProgress batch={batch} /> : <p class="lead">{leadText(batch, isBehind)}</p>}
      <BatchActions {...parts} />
      <Rows {...parts} />
      <LeftOut batch={batch} />
      <Footer {...{ isSending, uploader: services.uploader, dispatch, offerFiles }} />
    </div>
  );
}

const isWaiting = ({ status }: BatchItem) => status.name === 'given' && status.ticket === 'waiting';

function leadText({ items }: Batch, isBehind: boolean): string {
  if (items.some(({ status }) => canOpen(status, isBehind))) return t('many.lead.open');
  return items.some(isWaiting) ? t('many.lead.waiting') : t('many.lead.none');
}

function UploadProgress({ batch }: { readonly batch: Batch }) {
  const { sentBytes, totalBytes } = totalsOf(batch);
  const sent = t('giving.sent', {
    part: formatSize(sentBytes),
    whole: formatSize(totalBytes),
    share: shareOf(sentBytes, totalBytes),
  });
  return (
    <>
      {batch.pauseSeconds !== undefined && (
        <p class="notice">{t('many.held', { span: formatWait(batch.pauseSeconds) })}</p>
      )}
      {/* The key resets the rate when the total changes. */}
      <ProgressBar
        key={totalBytes}
        size={sentBytes}
        whole={totalBytes}
        label={t('giving')}
        text={sentBytes >= totalBytes ? t('giving.checking') : sent}
      />
    </>
  );
}

/** Longer lists get `content-visibility`. */
const longList = 100;

function Rows({ batch, ...props }: BatchPartProps) {
  const { uploader, isBehind, canKeepMetadata, open } = props;
  const language = currentLanguage();
  // Unchanged rows keep their VNode and are not rendered again: a batch may have a thousand.
  const rendered = useMemo(
    () => new WeakMap<BatchItem, VNode>(),
    [language, isBehind, canKeepMetadata, uploader, open],
  );
  const rowOf = (item: BatchItem) => {
    const row = rendered.get(item) ?? <BatchRow key={item.id} {...props} item={item} />;
    rendered.set(item, row);
    return row;
  };
  const { items } = batch;
  return (
    <div class="both-sides">
      {/* Each row says the same in words. */}
      <p class="file-heads" aria-hidden="true">
        <span>{t('many.yours')}</span>
        <span>{t('many.theirs')}</span>
      </p>
      <ul class={items.length > longList ? 'files is-long' : 'files'}>{items.map(rowOf)}</ul>
    </div>
  );
}

function LeftOut({ batch: { leftOut, unreadable, isTruncated } }: { readonly batch: Batch }) {
  const sentence = joinSentences(
    leftOut > 0 && t('many.leftOut', { count: leftOut }),
    unreadable > 0 && t('many.unread', { count: unreadable }),
    isTruncated && t('many.cut', { count: maxFiles }),
  );
  return sentence ? <p class="quiet">{sentence}</p> : null;
}

interface FooterProps extends Pick<BatchViewProps, 'dispatch' | 'offerFiles'> {
  readonly isSending: boolean;
  readonly uploader: Uploader;
}

/** Adding files, and leaving the batch. */
function Footer({ isSending, uploader, dispatch, offerFiles }: FooterProps) {
  const { pick, input } = useFilePicker(offerFiles);
  const leave = () => {
    uploader.clear();
    dispatch({ type: 'ended' });
  };
  return (
    <>
      <div class="ways">
        <button type="button" class="link" onClick={() => pick()}>
          {t('many.add')}
        </button>
        {input}
        {!isSending && (
          <button type="button" class="link" onClick={leave}>
            {t('many.back')}
          </button>
        )}
      </div>
      {!isSending && <p class="quiet">{t('many.back.more')}</p>}
    </>
  );
}
