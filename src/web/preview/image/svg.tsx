import { useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { decodeText } from '../text/decode.ts';
import type { ViewerProps } from '../viewer/viewer.ts';
import { abortable } from '../viewer/worker-timeout.ts';
import { maxComplexity, svgComplexity } from './svg-complexity.ts';
import './image.css';
import { TextViewer } from '../text/text.tsx';

const maxSvgBytes = 2_000_000;
/** The longer side in pixels. */
const longerSide = 1280;

/**
 * Renders an SVG as an image, in which no script runs and nothing is loaded. It is copied to a canvas, so that no URL
 * can be opened.
 */
export function SvgViewer(props: ViewerProps) {
  const [isSource, setSource] = useState(false);
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
    const image = await load(bytes, type, signal);
    if (canvas.current) paint(image, canvas.current);
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

async function load(bytes: Blob, type: string, signal: AbortSignal): Promise<HTMLImageElement> {
  if (bytes.size > maxSvgBytes) throw new RangeError('That is too long.');
  const source = decodeText(new Uint8Array(await bytes.arrayBuffer()));
  if (svgComplexity(source) > maxComplexity) throw new RangeError('That is too much to draw.');
  const image = new Image();
  const address = URL.createObjectURL(new Blob([source], { type }));
  try {
    image.src = address;
    await abortable(image.decode(), signal);
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function paint(image: HTMLImageElement, canvas: HTMLCanvasElement): void {
  // Some browsers report no size for an SVG without one.
  const [width, height] = [image.naturalWidth || 300, image.naturalHeight || 300];
  const scale = longerSide / Math.max(width, height);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
}
