import { useRef } from 'preact/hooks';
import { formatSize, formatWait } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { createRateMeter, type TransferRate } from './transfer-rate.ts';

interface ProgressProps {
  /** Bytes transferred, and their total. */
  readonly size: number;
  readonly whole: number;
  readonly label: string;
  /** The progress in words. */
  readonly text: string;
  /** True while the connection is down: then no rate is shown, and no time left. */
  readonly isStill?: boolean;
}

/** A progress bar with its text, transfer rate and `aria-valuetext`. */
export function ProgressBar({ size, whole, label, text, isStill = false }: ProgressProps) {
  const rate = useTransferRate(size, whole);
  return (
    <div class="progress">
      <progress max={1} value={shareOf(size, whole)} aria-label={label} aria-valuetext={text} />
      <p class="figures">
        {text} {rate && !isStill && <span class="pace">{rateText(rate)}</span>}
      </p>
    </div>
  );
}

export const shareOf = (size: number, whole: number) => (whole > 0 ? size / whole : 0);

/** Undefined until it can be measured, and at the end. */
function useTransferRate(size: number, whole: number): TransferRate | undefined {
  const meter = useRef<ReturnType<typeof createRateMeter> | undefined>(undefined);
  meter.current ??= createRateMeter(whole);
  const rate = meter.current(size);
  return size < whole ? rate : undefined;
}

/** In seconds; a longer estimate is not shown. */
const maxShownSeconds = 24 * 3600;

function rateText({ bytesPerSecond, secondsLeft }: TransferRate): string {
  const written = formatSize(bytesPerSecond);
  if (secondsLeft > maxShownSeconds) return t('pace', { speed: written });
  return t('pace.left', { speed: written, left: formatWait(secondsLeft) });
}
