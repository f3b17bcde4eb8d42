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
}

/** A progress bar with its text, transfer rate and `aria-valuetext`. */
export function ProgressBar({ size, whole, label, text }: ProgressProps) {
  const pace = usePace(size, whole);
  return (
    <div class="progress">
      <progress max={1} value={shareOf(size, whole)} aria-label={label} aria-valuetext={text} />
      <p class="figures">
        {text} {pace && <span class="pace">{paceText(pace)}</span>}
      </p>
    </div>
  );
}

export const shareOf = (size: number, whole: number) => (whole > 0 ? size / whole : 0);

/** Undefined until it can be measured, and at the end. */
function usePace(size: number, whole: number): TransferRate | undefined {
  const meter = useRef<ReturnType<typeof createRateMeter> | undefined>(undefined);
  meter.current ??= createRateMeter(whole);
  const pace = meter.current(size);
  return size < whole ? pace : undefined;
}

/** In seconds; a longer estimate is not shown. */
const tooLong = 24 * 3600;

function paceText({ bytesPerSecond, secondsLeft }: TransferRate): string {
  const written = formatSize(bytesPerSecond);
  if (secondsLeft > tooLong) return t('pace', { speed: written });
  return t('pace.left', { speed: written, left: formatWait(secondsLeft) });
}
