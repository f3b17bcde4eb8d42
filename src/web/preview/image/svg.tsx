import { useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { createModuleWorker } from '../../ui/own-scripts.ts';
import type { ViewerProps } from '../viewer/viewer.ts';
import { abortable, askWorker } from '../viewer/worker-timeout.ts';
import svgAddress from './svg.worker.ts?worker&url';
import './image.css';
import { TextViewer } from '../text/text.tsx';
import type { SvgRequest, SvgResponse } from './svg.worker.ts';

const maxSvgBytes = 2_000_000;
/** In milliseconds, for the estimate of the rendering cost. */
const timeoutMs = 2_000;
/** The longer side in pixels. */
const maxSide = 1280;
/** A drawing of greater complexity gets fewer pixels, since each shape may cover all of them. */
const maxComplexityAtMaxSide = 8_000;

/**
 * Shows the source of an SVG, and renders it on a click as an image, in which no script runs and nothing is loaded. The image
 * is copied to a canvas, so that no URL can be opened.
 */
export function SvgViewer(props: ViewerProps) {
  const [isSource, setSource] = useState(true);
  const [hasFailed, setFailed] = useState(false);
  return (
    <>
      {isSource || hasFailed ? <TextViewer {...props} /> : <Canvas {...props} fail={() => setFailed(true)} />}
      <div class="preview-foot">
        {hasFailed ? (
          <p>{t('preview.notDrawn')}</p>
        ) : (
          <button type="button" onClick={() => setSource(!isSource)}>
            {isSource ? t('preview.drawn') : t('preview.source')}
          </button>
        )}
      </div>
    </>
  );
}

function Canvas({ type, name, bytes, fail }: ViewerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  const draw = async (signal: AbortSignal) => {
    const drawing = await weigh(bytes, signal);
    const image = await load(new Blob([drawing.source], { type }), signal);
    if (canvas.current) paint(image, canvas.current, drawing.complexity);
    setDrawn(true);
  };
  useAbortable((signal) => void draw(signal).catch(() => signal.aborted || fail('broken')), [bytes]);
  return (
    <div class="picture">
      {!isDrawn && <p class="preview-words">{t('preview.opening')}</p>}
      <canvas ref={canvas} hidden={!isDrawn} role="img" aria-label={t('preview.picture', { name })} />
    </div>
  );
}

/** Rejects a drawing that costs too much, or whose estimate takes too long. */
async function weigh(bytes: Blob, signal: AbortSignal): Promise<NonNullable<SvgResponse>> {
  if (bytes.size > maxSvgBytes) throw new RangeError('That is too long.');
  const worker = createModuleWorker(svgAddress);
  const drawing = await askWorker<SvgRequest, SvgResponse>(worker, { bytes }, timeoutMs, signal);
  if (!drawing) throw new RangeError('That is too much to draw.');
  return drawing;
}

async function load(bytes: Blob, signal: AbortSignal): Promise<HTMLImageElement> {
  const image = new Image();
  const address = URL.createObjectURL(bytes);
  try {
    image.src = address;
    await abortable(image.decode(), signal);
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function paint(image: HTMLImageElement, canvas: HTMLCanvasElement, complexity: number): void {
  // Some browsers report no size for an SVG without one.
  const [width, height] = [image.naturalWidth || 300, image.naturalHeight || 300];
  const side = maxSide * Math.min(1, Math.sqrt(maxComplexityAtMaxSide / complexity));
  const scale = side / Math.max(width, height);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
}
