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

/** Each comes when it is needed, so that the page itself stays small. */
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
 * What is in a stranger's file, before it is saved: made here from its bytes, and inert. They go nowhere, nothing in them
 * runs, and nothing that they name is fetched.
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

/** Looks at the bytes and fetches their viewer, after the page has shown what has arrived. */
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

/** A short text needs little room, and what is below it should not jump when it comes. */
function roomFor(as: DetectedType['as'], { size }: Parcel) {
  return as === 'text' ? { '--lines': Math.min(18, Math.max(2, Math.ceil(size / 45))) } : {};
}
