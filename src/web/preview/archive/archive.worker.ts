/** Aside from the page, so that an archive made to be slow to read cannot make the page slow. */
import { type Listing, list } from './listing.ts';

export interface Question {
  readonly bytes: Blob;
  readonly type: string;
}

/** Undefined when it is not what it looked like. */
export type Answer = Listing | undefined;

addEventListener('message', async ({ data: { bytes, type } }: MessageEvent<Question>) => {
  postMessage(await list(bytes, type).catch(() => undefined));
});
