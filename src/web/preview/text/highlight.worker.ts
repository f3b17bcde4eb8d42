/** Aside from the page, so that a text made to be slow to read cannot make the page slow. */
import { highlight, type Question } from './highlight.ts';

addEventListener('message', ({ data }: MessageEvent<Question>) => postMessage(highlight(data)));
