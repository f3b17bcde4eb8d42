import { useState } from 'preact/hooks';
import { mayPass, whyOf } from '../failures.ts';
import { formatSize } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, Event } from '../state/exchange.ts';
import type { Tools } from '../state/services.ts';
import { useOutcome } from '../state/use-abortable.ts';
import { give, type Offering } from '../transfer/give-with-retry.ts';
import { Progress } from '../ui/progress.tsx';

interface GiveProps {
  readonly offering: Offering;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** The parcel is being tied up: bytes are on their way to the service. */
export function Give({ offering, tools, dispatch }: GiveProps) {
  const { file } = offering;
  const [share, setShare] = useState(0);
  const [isAgain, setAgain] = useState(false);
  const progress = (sent: number, isRepeated: boolean) => {
    setShare(sent);
    setAgain(isRepeated);
  };
  useOutcome((signal) => giveOnce(offering, tools, progress, signal), dispatch, [offering]);
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
      <Progress
        size={file.size * share}
        whole={file.size}
        label={t('giving')}
        text={isSent ? t('giving.checking') : sent}
      />
      {/* Once all of it is there it may be on the shelf already, and "nothing was kept" would be a guess. */}
      <button
        type="button"
        disabled={isSent}
        onClick={() =>
          dispatch({ type: 'refused', why: { code: isAgain ? 'cancelled-late' : 'cancelled' } })
        }
      >
        {t('cancel')}
      </button>
    </>
  );
}

/** Gives, and keeps the ticket before anything is drawn with it, so that it survives a reload. */
async function giveOnce(
  offering: Offering,
  { client, keep }: Tools,
  progress: (share: number, isAgain: boolean) => void,
  signal: AbortSignal,
): Promise<Event> {
  try {
    const { ticket, giver, gift } = await give(client, offering, {
      giver: keep.giver(),
      signal,
      progress,
    });
    keep.keepGiver(giver);
    const { name, size, kind, sha256 } = gift;
    const exchange = { ticket, gift: { name, size, kind, sha256 } };
    const isKept = keep.keep({ exchange });
    return { type: 'given', exchange, ...(isKept ? {} : { why: { code: 'not-kept' } }) };
  } catch (error) {
    const why = { ...whyOf(error), size: offering.file.size };
    return { type: 'refused', why, ...(mayPass(why) ? { offering } : {}) };
  }
}
