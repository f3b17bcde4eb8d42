/** Aside from the page, so that an archive made to be slow to read cannot make the page slow. */
import { type ArchiveListing, listArchive } from './listing.ts';

export interface ArchiveRequest {
  readonly bytes: Blob;
  readonly type: string;
}

/** Undefined when it is not what it looked like. */
export type ArchiveResponse = ArchiveListing | undefined;

addEventListener('message', async ({ data: { bytes, type } }: MessageEvent<ArchiveRequest>) => {
  postMessage(await listArchive(bytes, type).catch(() => undefined));
});
