import { useEffect, useRef, useState } from 'preact/hooks';
import { showControlCharacters } from '../../i18n/control-characters.ts';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { ScrollArea } from '../viewer/scroll.tsx';
import type { PreviewFailure, ViewerProps } from '../viewer/viewer.ts';
import { isTimeout } from '../viewer/worker-timeout.ts';
import { maxPdfBytes, openPdf, type PdfDocument, type PdfPage } from './document.ts';
import './pdf.css';

/** A PDF, one page at a time. */
export function PdfViewer({ name, bytes, fail }: ViewerProps) {
  const [pdf, setPdf] = useState<PdfDocument>();
  const [number, setNumber] = useState(1);
  const [page, setPage] = useState<PdfPage>();
  const area = useRef<HTMLElement>(null);
  const open = async (signal: AbortSignal) => {
    if (bytes.size > maxPdfBytes) return fail('too-large');
    setPdf(await openPdf(bytes, signal));
  };
  const draw = async (signal: AbortSignal) => {
    const drawn = await pdf?.draw(number, widthOf(area.current));
    if (drawn && !signal.aborted) setPage(drawn);
  };
  const reporting = (work: (signal: AbortSignal) => Promise<void>) => (signal: AbortSignal) =>
    void work(signal).catch((error) => signal.aborted || fail(failureReason(error)));
  useAbortable(reporting(open), [bytes]);
  useAbortable(reporting(draw), [pdf, number]);
  const label = pdf && t('preview.page', { page: number, pages: pdf.pages });
  return (
    <>
      <ScrollArea class="paper" area={area} label={label ?? name}>
        {page && label ? <Sheet page={page} label={label} /> : <p class="preview-words">{t('preview.opening')}</p>}
      </ScrollArea>
      <div class="preview-foot">
        {pdf && pdf.pages > 1 && (
          <PageButton to={number - 1} pdf={pdf} goTo={setNumber} label={t('preview.previous')} />
        )}
        <p aria-live="polite">{label}</p>
        {pdf && pdf.pages > 1 && <PageButton to={number + 1} pdf={pdf} goTo={setNumber} label={t('preview.next')} />}
      </div>
    </>
  );
}

interface PageButtonProps {
  readonly to: number;
  readonly pdf: PdfDocument;
  readonly label: string;
  goTo(page: number): void;
}

/** `aria-disabled` at the ends: a disabled button would lose the focus. */
function PageButton({ to, pdf, label, goTo }: PageButtonProps) {
  const hasPage = to >= 1 && to <= pdf.pages;
  return (
    <button type="button" aria-disabled={!hasPage} onClick={() => hasPage && goTo(to)}>
      {label}
    </button>
  );
}

function Sheet({ page: { canvas, words }, label }: { readonly page: PdfPage; readonly label: string }) {
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
const widthOf = (area: HTMLElement | null) =>
  Math.max(320, area?.clientWidth ?? 0) * Math.min(2, Math.max(1, devicePixelRatio));

function failureReason(error: unknown): PreviewFailure {
  if (isTimeout(error)) return 'slow';
  return error instanceof Error && error.name === 'PasswordException' ? 'locked' : 'broken';
}
