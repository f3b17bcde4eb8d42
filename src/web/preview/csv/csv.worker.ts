/** In a worker, so that a table made to be slow cannot block the page. */
import { readCsv } from './table.ts';

addEventListener('message', ({ data }: MessageEvent<string>) => postMessage(readCsv(data)));
