/** What can be said about files before any byte of them travels. The service is the judge; this only saves the journey. */

import type { Failure } from '../failures.ts';
import { selectFiles, walkDirectories } from './directory-files.ts';
import type { FileSelection } from './types.ts';

/** What the service takes unless its operator says otherwise; its statistics say what it is. */
export const defaultMaxFileSize = 52_428_800;

/** The best known endings of programs; the service knows them all, and looks into the file as well. */
const program = /\.(?:exe|msi|bat|cmd|com|scr|ps1|vbs|lnk|jar|apk|deb|rpm|dmg|pkg|appimage|sh)$/i;

export function precheckFile(
  { name, size }: Pick<File, 'name' | 'size'>,
  maxSize: number = defaultMaxFileSize,
): Failure | undefined {
  if (size === 0) return { code: 'file-empty' };
  if (program.test(name)) return { code: 'executable-refused' };
  return size <= maxSize ? undefined : { code: 'too-large', size, limit: maxSize };
}

/** Reads what was dropped or pasted; undefined when it holds no file, for instance text. */
export function filesFromTransfer(data: DataTransfer | null): Promise<FileSelection> | undefined {
  // At once: when the event is over, the browser has forgotten them.
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.() ?? undefined);
  const dropped = entries.filter((entry) => entry !== undefined);
  if (dropped.some((entry) => entry.isDirectory)) return walkDirectories(dropped);
  const files = [...(data?.files ?? [])];
  return files.length === 0 ? undefined : Promise.resolve(selectFiles(files));
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
