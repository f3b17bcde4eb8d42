/** In a worker, so that an archive made to be slow cannot block the page. */
import { type ArchiveListing, listArchive } from './listing.ts';

export interface ArchiveRequest {
  readonly bytes: Blob;
  readonly type: string;
}

/** Undefined if it is no archive of that format. */
export type ArchiveResponse = ArchiveListing | undefined;

addEventListener('message', async ({ data: { bytes, type } }: MessageEvent<ArchiveRequest>) => {
  postMessage(await listArchive(bytes, type).catch(() => undefined));
});
