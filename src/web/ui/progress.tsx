import { useRef } from 'preact/hooks';
import { formatSize, formatWait } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { createPace, type Pace } from './transfer-rate.ts';

interface ProgressProps {
  /** Bytes that have moved, and all of them. */
  readonly size: number;
  readonly whole: number;
  readonly label: string;
  /** The same in words. */
  readonly text: string;
}

/** How far bytes have come: drawn, in figures, and for who cannot see it. */
export function Progress({ size, whole, label, text }: ProgressProps) {
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

/** Undefined before it can tell, and when there is nothing left. */
function usePace(size: number, whole: number): Pace | undefined {
  const meter = useRef<ReturnType<typeof createPace> | undefined>(undefined);
  meter.current ??= createPace(whole);
  const pace = meter.current(size);
  return size < whole ? pace : undefined;
}

/** Who would read "3 days left" has stopped reading. */
const tooLong = 24 * 3600;

function paceText({ speed, left }: Pace): string {
  const written = formatSize(speed);
  if (left > tooLong) return t('pace', { speed: written });
  return t('pace.left', { speed: written, left: formatWait(left) });
}
