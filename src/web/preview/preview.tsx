import type { ComponentType } from 'preact';
import { useErrorBoundary, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import type { Parcel } from '../state/exchange.ts';
import { useAbortable } from '../state/use-abortable.ts';
import type { PreviewFailure, ViewerProps } from './viewer/viewer.ts';
import './preview.css';
import { type DetectedType, guessType, sniff, sniffLength } from './sniff.ts';

interface PreviewProps {
  readonly parcel: Parcel;
  readonly bytes: Blob;
}

/** Each viewer is loaded on demand. */
const viewers: Record<
  Exclude<DetectedType['as'], 'nothing'>,
  () => Promise<ComponentType<ViewerProps>>
> = {
  picture: async () => (await import('./image/bitmap.tsx')).BitmapViewer,
  drawing: async () => (await import('./image/svg.tsx')).SvgViewer,
  text: async () => (await import('./text/text.tsx')).TextViewer,
  sound: async () => (await import('./media.tsx')).SoundPlayer,
  film: async () => (await import('./media.tsx')).VideoPlayer,
  pdf: async () => (await import('./pdf/pdf.tsx')).PdfViewer,
  archive: async () => (await import('./archive/archive.tsx')).ArchiveViewer,
};

/**
 * A preview of the received file before it is saved. It is inert: nothing in the file runs, and nothing that it names
 * is fetched.
 */
export function Preview({ parcel, bytes }: PreviewProps) {
  const { seen, fault, fail } = useSeen(parcel, bytes);
  useErrorBoundary(() => fail('broken'));
  const as = seen?.sight.as ?? guessType(parcel);
  return (
    <section class={`preview as-${as}`} aria-labelledby="preview" style={roomFor(as, parcel)}>
      <h3 id="preview">
        {t('preview')} <span class="soft">{t('preview.safe')}</span>
      </h3>
      {fault ? (
        <p class="preview-words">{t(`preview.fault.${fault}`)}</p>
      ) : seen ? (
        <seen.Viewer type={seen.sight.type} name={parcel.name} bytes={bytes} fail={fail} />
      ) : (
        <p class="preview-words">{t('preview.opening')}</p>
      )}
    </section>
  );
}

interface Seen {
  readonly sight: DetectedType;
  readonly Viewer: ComponentType<ViewerProps>;
}

/** Detects the type and loads the viewer, after the page has rendered the file's facts. */
function useSeen(parcel: Parcel, bytes: Blob) {
  const [seen, setSeen] = useState<Seen>();
  const [fault, fail] = useState<PreviewFailure>();
  const find = async (signal: AbortSignal) => {
    const head = new Uint8Array(await bytes.slice(0, sniffLength).arrayBuffer());
    const sight = sniff(head, parcel);
    if (sight.as === 'nothing') return fail('kind');
    const Viewer = await viewers[sight.as]();
    if (!signal.aborted) setSeen({ sight, Viewer });
  };
  useAbortable(
    (signal) => {
      setSeen(undefined);
      fail(undefined);
      void find(signal).catch(() => fail('broken'));
    },
    [bytes],
  );
  return { seen, fault, fail };
}

/** Reserves less space for a short text, so that its arrival causes no layout shift. */
function roomFor(as: DetectedType['as'], { size }: Parcel) {
  return as === 'text' ? { '--lines': Math.min(18, Math.max(2, Math.ceil(size / 45))) } : {};
}
