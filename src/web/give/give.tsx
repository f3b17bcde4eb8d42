import { useState } from 'preact/hooks';
import { failureOf, isOutcomeUnknown, isRetryable } from '../failures.ts';
import { formatSize } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, ExchangeEvent, KeyedFile } from '../state/exchange.ts';
import { chosenOptions } from '../state/give-options.ts';
import type { Services } from '../state/services.ts';
import { useAbortableDispatch } from '../state/use-abortable.ts';
import { giveWithRetry } from '../transfer/give-with-retry.ts';
import { ProgressBar } from '../ui/progress.tsx';

interface GiveProps {
  readonly keyedFile: KeyedFile;
  readonly services: Services;
  readonly dispatch: Dispatch;
}

/** The upload of a single gift. */
export function Give({ keyedFile, services, dispatch }: GiveProps) {
  const { file } = keyedFile;
  const [share, setShare] = useState(0);
  const [isAgain, setAgain] = useState(false);
  const progress = (sent: number, isRepeated: boolean) => {
    setShare(sent);
    setAgain(isRepeated);
  };
  useAbortableDispatch((signal) => giveAndStore(keyedFile, services, progress, signal), dispatch, [keyedFile]);
  usePose({ stage: 'tying', share });
  const isSent = share >= 1;
  const sent = t('giving.sent', {
    part: formatSize(file.size * share),
    whole: formatSize(file.size),
    share,
  });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {t('giving')}
      </h2>
      <p class="file-name">
        <bdi>{file.name}</bdi>
      </p>
      {isAgain && <p class="notice">{t('giving.again')}</p>}
      <ProgressBar
        size={file.size * share}
        whole={file.size}
        label={t('giving')}
        text={isSent ? t('giving.checking') : sent}
      />
      {/* Disabled once all bytes are sent: the gift may be pooled already, and "nothing was kept" would be a guess. */}
      <button
        type="button"
        disabled={isSent}
        onClick={() => dispatch({ type: 'refused', failure: { code: isAgain ? 'cancelled-late' : 'cancelled' } })}
      >
        {t('cancel')}
      </button>
    </>
  );
}

/** Gives the file and stores the ticket before the first draw, so that a reload keeps it. */
async function giveAndStore(
  keyedFile: KeyedFile,
  { client, store, uploads }: Services,
  onProgress: (share: number, isAgain: boolean) => void,
  signal: AbortSignal,
): Promise<ExchangeEvent> {
  uploads.start(keyedFile);
  try {
    const { ticket, giver, gift, removed } = await giveWithRetry(client, keyedFile, {
      ...chosenOptions(store, keyedFile),
      signal,
      onProgress,
    });
    store.saveGiver(giver);
    const { name, size, kind, sha256 } = gift;
    const exchange = {
      ticket,
      gift: { name, size, kind, sha256 },
      ...(removed && { removed }),
      ...(name.normalize() !== keyedFile.file.name.normalize() && { isRenamed: true as const }),
    };
    const isStored = store.add({ exchange });
    uploads.end(keyedFile.key);
    return { type: 'given', exchange, ...(isStored ? {} : { failure: { code: 'not-kept' } }) };
  } catch (error) {
    const failure = { ...failureOf(error), size: keyedFile.file.size };
    if (!isOutcomeUnknown(failure)) uploads.end(keyedFile.key);
    return {
      type: 'refused',
      failure,
      ...(isRetryable(failure) || failure.code === 'metadata-stays' ? { keyedFile } : {}),
    };
  }
}
