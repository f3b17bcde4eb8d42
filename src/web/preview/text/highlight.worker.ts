/** Aside from the page, so that a text made to be slow to read cannot make the page slow. */
import { type HighlightRequest, highlight } from './highlight.ts';

addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) =>
  postMessage(highlight(data)),
);
