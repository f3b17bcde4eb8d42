import { useState } from 'preact/hooks';
import type { Dispatch, Event } from './exchange.ts';
import { formatPercent, formatSize } from './format.ts';
import { ParcelPicture } from './parcel.tsx';
import { Progress } from './progress.tsx';
import type { Tools } from './tools.ts';
import { type Progress as Report, sendWithProgress } from './upload.ts';
import { mayPass, whyOf } from './why.ts';
import { words } from './words.ts';
import { useOutcome } from './work.ts';

interface GiveProps {
  readonly file: File;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** The parcel is being tied up: bytes are on their way to the service. */
export function Give({ file, tools, dispatch }: GiveProps) {
  const [share, setShare] = useState(0);
  useOutcome((signal) => give(file, tools, setShare, signal), dispatch, [file]);
  const isSent = share >= 1;
  const sent = words.sent(
    formatSize(file.size * share),
    formatSize(file.size),
    formatPercent(share),
  );
  return (
    <>
      <ParcelPicture stage="tying" share={share} />
      <h2 tabIndex={-1} data-focus>
        {words.giving}
      </h2>
      <p class="file-name">
        <bdi>{file.name}</bdi>
      </p>
      <Progress share={share} label={words.giving} text={isSent ? words.checking : sent} />
      {/* Once all of it is there it may be on the shelf already, and "nothing was kept" would be a guess. */}
      <button
        type="button"
        disabled={isSent}
        onClick={() => dispatch({ type: 'refused', why: { code: 'cancelled' } })}
      >
        {words.cancel}
      </button>
    </>
  );
}

/** Gives, and keeps the ticket before anything is drawn with it, so that it survives a reload. */
async function give(
  file: File,
  { client, keep }: Tools,
  progress: Report,
  signal: AbortSignal,
): Promise<Event> {
  try {
    const { ticket, giver, gift } = await client.give(
      { name: file.name, bytes: file },
      { giver: keep.giver(), signal, send: sendWithProgress(progress) },
    );
    keep.keepGiver(giver);
    const exchange = { ticket, gift: { name: gift.name, size: gift.size } };
    const isKept = keep.keep({ exchange });
    return { type: 'given', exchange, ...(isKept ? {} : { why: { code: 'not-kept' } }) };
  } catch (error) {
    const why = whyOf(error);
    return { type: 'refused', why, ...(mayPass(why) ? { file } : {}) };
  }
}
