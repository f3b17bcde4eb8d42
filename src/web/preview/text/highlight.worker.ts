/** In a worker, so that a text made to be slow cannot block the page. */
import { type HighlightRequest, highlight } from './highlight.ts';

addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => postMessage(highlight(data)));
