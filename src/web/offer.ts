/** What can be said about a file before any byte of it travels. The service is the judge; this only saves the journey. */
import { formatSize } from './format.ts';
import type { Why } from './why.ts';
import { words } from './words.ts';

/** What the service takes unless its operator says otherwise; its statistics say what it is. */
export const largestFile = 52_428_800;

/** What came out of a file picker, a drop or a paste. */
export interface Offered {
  readonly files: readonly File[];
  readonly hasFolder: boolean;
}

export function findFault(
  { files, hasFolder }: Offered,
  largest: number = largestFile,
): Why | undefined {
  const [file, ...more] = files;
  if (hasFolder) return { code: 'folder' };
  if (file === undefined) return { code: 'no-file-chosen' };
  if (more.length > 0) return { code: 'several' };
  if (file.size === 0) return { code: 'file-empty' };
  if (file.size <= largest) return undefined;
  return { code: 'too-large', detail: words.tooLarge(formatSize(file.size), formatSize(largest)) };
}

/** Reads what was dropped or pasted; undefined when it holds no file, for instance text. */
export function offeredBy(data: DataTransfer | null): Offered | undefined {
  const files = [...(data?.files ?? [])];
  if (files.length === 0) return undefined;
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.());
  return { files, hasFolder: entries.some((entry) => entry?.isDirectory) };
}

/** A file may have moved or changed since it was chosen, or lie in a cloud that does not answer. */
export async function isReadable(file: Blob): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
