import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { showControlCharacters } from '../text/decode.ts';
import { ScrollArea } from '../viewer/scroll.tsx';
import type { PreviewFailure, ViewerProps } from '../viewer/viewer.ts';
import { isTimeout } from '../viewer/worker-timeout.ts';
import { maxPdfBytes, openPdf, type PdfDocument, type PdfPage } from './document.ts';
import './pdf.css';

/** A PDF, one page at a time. */
export function PdfViewer({ name, bytes, fail }: ViewerProps) {
  const [paper, setPaper] = useState<PdfDocument>();
  const [number, setNumber] = useState(1);
  const [page, setPage] = useState<PdfPage>();
  const room = useRef<HTMLElement>(null);
  const open = async (signal: AbortSignal) => {
    if (bytes.size > maxPdfBytes) return fail('too-large');
    setPaper(await openPdf(bytes, signal));
  };
  const draw = async (signal: AbortSignal) => {
    const drawn = await paper?.draw(number, widthOf(room.current));
    if (drawn && !signal.aborted) setPage(drawn);
  };
  const watch = (work: (signal: AbortSignal) => Promise<void>) => (signal: AbortSignal) =>
    void work(signal).catch((error) => signal.aborted || fail(faultOf(error)));
  useAbortable(watch(open), [bytes]);
  useAbortable(watch(draw), [paper, number]);
  const label = paper && t('preview.page', { page: number, pages: paper.pages });
  return (
    <>
      <ScrollArea class="paper" room={room} label={label ?? name}>
        {page && label ? (
          <Sheet page={page} label={label} />
        ) : (
          <p class="preview-words">{t('preview.opening')}</p>
        )}
      </ScrollArea>
      <div class="preview-foot">
        {paper && paper.pages > 1 && (
          <Turn to={number - 1} paper={paper} turn={setNumber} label={t('preview.previous')} />
        )}
        <p aria-live="polite">{label}</p>
        {paper && paper.pages > 1 && (
          <Turn to={number + 1} paper={paper} turn={setNumber} label={t('preview.next')} />
        )}
      </div>
    </>
  );
}

interface TurnProps {
  readonly to: number;
  readonly paper: PdfDocument;
  readonly label: string;
  turn(page: number): void;
}

/** `aria-disabled` at the ends: a disabled button would lose the focus. */
function Turn({ to, paper, label, turn }: TurnProps) {
  const isThere = to >= 1 && to <= paper.pages;
  return (
    <button type="button" aria-disabled={!isThere} onClick={() => isThere && turn(to)}>
      {label}
    </button>
  );
}

function Sheet({
  page: { canvas, words },
  label,
}: {
  readonly page: PdfPage;
  readonly label: string;
}) {
  const sheet = useRef<HTMLDivElement>(null);
  useEffect(() => {
    sheet.current?.replaceChildren(canvas);
    sheet.current?.parentElement?.scrollTo(0, 0);
  }, [canvas]);
  return (
    <>
      <div ref={sheet} role="img" aria-label={label} />
      <p class="only-heard">{showControlCharacters(words)}</p>
    </>
  );
}

/** In device pixels, at most two a CSS pixel. */
const widthOf = (room: HTMLElement | null) =>
  Math.max(320, room?.clientWidth ?? 0) * Math.min(2, Math.max(1, devicePixelRatio));

function faultOf(error: unknown): PreviewFailure {
  if (isTimeout(error)) return 'slow';
  return error instanceof Error && error.name === 'PasswordException' ? 'locked' : 'broken';
}
