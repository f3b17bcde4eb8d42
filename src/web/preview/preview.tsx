import type { ComponentType } from 'preact';
import { useErrorBoundary, useState } from 'preact/hooks';
import { useMessages } from '../i18n/message-parts.ts';
import { t } from '../i18n/messages.tsx';
import type { Parcel } from '../state/exchange.ts';
import type { LocalStore } from '../state/storage.ts';
import { useAbortable } from '../state/use-abortable.ts';
import { Veil, type VeiledKind } from './veil.tsx';
import type { PreviewFailure, ViewerProps } from './viewer/viewer.ts';
import './preview.css';
import { type DetectedType, guessType, sniff, sniffLength } from './sniff.ts';

interface PreviewProps {
  readonly parcel: Parcel;
  readonly bytes: Blob;
  readonly store: Pick<LocalStore, 'choice' | 'saveChoice'>;
}

/** Kinds that are covered until the visitor asks for them; a drawing shows its source first. */
const veiledKinds: { readonly [As in DetectedType['as']]?: VeiledKind } = { picture: 'image', film: 'video' };

/** Each viewer is loaded on demand. */
const viewers: Record<Exclude<DetectedType['as'], 'nothing'>, () => Promise<ComponentType<ViewerProps>>> = {
  picture: async () => (await import('./image/bitmap.tsx')).BitmapViewer,
  drawing: async () => (await import('./image/svg.tsx')).SvgViewer,
  text: async () => (await import('./text/text.tsx')).TextViewer,
  markdown: async () => (await import('./markdown/markdown-viewer.tsx')).MarkdownViewer,
  table: async () => (await import('./csv/csv-viewer.tsx')).CsvViewer,
  sound: async () => (await import('./media.tsx')).SoundPlayer,
  film: async () => (await import('./media.tsx')).VideoPlayer,
  pdf: async () => (await import('./pdf/pdf.tsx')).PdfViewer,
  archive: async () => (await import('./archive/archive.tsx')).ArchiveViewer,
};

/**
 * A preview of the received file before it is saved. It is inert: nothing in the file runs, and nothing that it names
 * is fetched.
 */
export function Preview({ parcel, bytes, store }: PreviewProps) {
  const { detection, failure, fail } = useDetection(parcel, bytes);
  const hasMessages = useMessages('preview');
  useErrorBoundary(() => fail('broken'));
  const as = detection?.type.as ?? guessType(parcel);
  const veiled = veiledKinds[as];
  const viewer = detection && hasMessages && (
    <detection.Viewer type={detection.type.type} name={parcel.name} bytes={bytes} fail={fail} />
  );
  return (
    <section class={`preview as-${as}`} aria-labelledby="preview" style={reservedStyle(as, parcel)}>
      <h3 id="preview">
        {t('preview')} <span class="soft">{t('preview.safe')}</span>
      </h3>
      {failure === 'not-loaded' ? (
        <p class="preview-words">{t('why.part-missing')}</p>
      ) : failure && hasMessages ? (
        <p class="preview-words">{t(`preview.fault.${failure}`)}</p>
      ) : viewer && veiled ? (
        <Veil kind={veiled} size={parcel.size} store={store}>
          {viewer}
        </Veil>
      ) : viewer ? (
        viewer
      ) : (
        <p class="preview-words">{t('preview.opening')}</p>
      )}
    </section>
  );
}

interface Detection {
  readonly type: DetectedType;
  readonly Viewer: ComponentType<ViewerProps>;
}

/** Detects the type and loads the viewer, after the page has rendered the file's facts. */
function useDetection(parcel: Parcel, bytes: Blob) {
  const [detection, setDetection] = useState<Detection>();
  const [failure, fail] = useState<PreviewFailure>();
  const detect = async (signal: AbortSignal) => {
    const head = new Uint8Array(await bytes.slice(0, sniffLength).arrayBuffer());
    const type = sniff(head, parcel);
    if (type.as === 'nothing') return fail('kind');
    const Viewer = await viewers[type.as]().catch(() => undefined);
    if (!Viewer) return fail('not-loaded');
    if (!signal.aborted) setDetection({ type, Viewer });
  };
  useAbortable(
    (signal) => {
      setDetection(undefined);
      fail(undefined);
      void detect(signal).catch(() => fail('broken'));
    },
    [bytes],
  );
  return { detection, failure, fail };
}

const textLike: ReadonlySet<DetectedType['as']> = new Set<DetectedType['as']>(['text', 'markdown', 'table']);

/** Reserves less space for a short text, so that its arrival causes no layout shift. */
function reservedStyle(as: DetectedType['as'], { size }: Parcel) {
  return textLike.has(as) ? { '--lines': Math.min(18, Math.max(2, Math.ceil(size / 45))) } : {};
}
