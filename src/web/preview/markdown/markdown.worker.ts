/** In a worker, so that a text made to be slow cannot block the page. */
import { parseMarkdown } from './markdown.ts';

addEventListener('message', ({ data }: MessageEvent<string>) => postMessage(parseMarkdown(data)));
