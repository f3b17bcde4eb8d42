import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import type { ViewerProps } from '../viewer/viewer.ts';
import { abortable } from '../viewer/worker-timeout.ts';
import { hasTooManyPixels, imageSize, isAnimated, maxHeaderLength } from './bitmap-header.ts';
import './image.css';

interface LoadedImage {
  readonly image: HTMLImageElement;
  readonly isMoving: boolean;
}

/** A bitmap image, under the media type that its bytes have. */
export function BitmapViewer({ type, name, bytes, fail }: ViewerProps) {
  const [loaded, setLoaded] = useState<LoadedImage>();
  const [isStill, setStill] = useState(() => matchMedia('(prefers-reduced-motion)').matches);
  const draw = async (signal: AbortSignal) => {
    const header = new Uint8Array(await bytes.slice(0, maxHeaderLength).arrayBuffer());
    if (hasTooManyPixels(imageSize(header, type))) return fail('too-large');
    const image = await load(bytes.slice(0, bytes.size, type), signal);
    // Check the size again: the browser may read another one than our parser. It has decoded no pixels yet.
    if (hasTooManyPixels({ width: image.naturalWidth, height: image.naturalHeight })) return fail('too-large');
    setLoaded({ image, isMoving: isAnimated(header, type) });
  };
  useAbortable((signal) => void draw(signal).catch(() => signal.aborted || fail('broken')), [bytes, type]);
  if (!loaded) return <p class="preview-words">{t('preview.opening')}</p>;
  const { image } = loaded;
  const label = t('preview.picture', { name });
  return (
    <>
      <div class="picture">
        {loaded.isMoving && isStill ? (
          <Still image={image} label={label} />
        ) : (
          <img src={image.src} alt={label} width={image.naturalWidth} height={image.naturalHeight} draggable={false} />
        )}
      </div>
      <div class="preview-foot">
        <p>{t('preview.pixels', { width: image.naturalWidth, height: image.naturalHeight })}</p>
        {loaded.isMoving && (
          <button type="button" onClick={() => setStill(!isStill)}>
            {isStill ? t('preview.move') : t('preview.still')}
          </button>
        )}
      </div>
    </>
  );
}

/** Its blob URL is valid until the signal aborts. */
async function load(bytes: Blob, signal: AbortSignal): Promise<HTMLImageElement> {
  const image = new Image();
  const address = URL.createObjectURL(bytes);
  signal.addEventListener('abort', () => URL.revokeObjectURL(address));
  const loaded = new Promise<void>((resolve, reject) => {
    image.addEventListener('load', () => resolve());
    image.addEventListener('error', () => reject(new Error('This is no picture.')));
  });
  image.src = address;
  await abortable(loaded, signal);
  return image;
}

/** The first frame of an animation. */
function Still({ image, label }: { readonly image: HTMLImageElement; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { naturalWidth, naturalHeight } = image;
  useEffect(() => canvas.current?.getContext('2d')?.drawImage(image, 0, 0), [image]);
  return <canvas ref={canvas} width={naturalWidth} height={naturalHeight} role="img" aria-label={label} />;
}
