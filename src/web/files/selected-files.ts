/** Checks before an upload. The service decides; these only save a request that it would refuse. */

import type { Failure } from '../failures.ts';
import { textFile } from '../service-worker/text-file.ts';
import { selectFiles, walkDirectories } from './directory-files.ts';
import type { FileSelection } from './types.ts';

/** The default of MAX_FILE_SIZE, in bytes, used until the pool statistics tell the service's value. */
export const defaultMaxFileSize = 52_428_800;

/** Common program extensions. The service knows more, and inspects the bytes. */
const program = /\.(?:exe|msi|bat|cmd|com|scr|ps1|vbs|lnk|jar|apk|deb|rpm|dmg|pkg|appimage|sh)$/i;

/** Returns why the service would refuse a file, as far as its name and its size in bytes tell. */
export function precheckFile(
  { name, size }: Pick<File, 'name' | 'size'>,
  maxSize: number = defaultMaxFileSize,
): Failure | undefined {
  if (size === 0) return { code: 'file-empty' };
  if (program.test(name)) return { code: 'executable-refused' };
  return size <= maxSize ? undefined : { code: 'too-large', size, limit: maxSize };
}

/** How many of the files may be given; all if none may, so that the answer says why. */
export const countToGive = (offered: readonly { readonly file: File }[], maxSize?: number): number =>
  offered.filter(({ file }) => !precheckFile(file, maxSize)).length || offered.length;

/** Types without a cleaner, by name or by the browser's word. The service knows more, and looks at the bytes. */
const uncleanable = /[./](?:pdf|hei[cf]|svg|html?|eml|ics|vcf)$/i;

/** True if the service has no cleaner for a file, so that its metadata stays. */
export const isUncleanable = ({ name, type }: Pick<File, 'name' | 'type'>): boolean =>
  uncleanable.test(name) || uncleanable.test(type);

/** Reads a drop or paste; undefined if it holds no file, for instance text. */
export function filesFromTransfer(data: DataTransfer | null): Promise<FileSelection> | undefined {
  // Read synchronously: a `DataTransfer` is empty once the event is over.
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.() ?? undefined);
  const dropped = entries.filter((entry) => entry !== undefined);
  if (dropped.some((entry) => entry.isDirectory)) return walkDirectories(dropped);
  const files = [...(data?.files ?? [])];
  return files.length === 0 ? undefined : Promise.resolve(selectFiles(files));
}

/** False if the file was moved or changed since it was selected, or a cloud drive does not answer. */
export async function isReadable(file: Blob): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A pasted text as a file that is named after its first line, or after the site that it links to. */
export function fileFromText(text: string): FileSelection | undefined {
  const words = text.trim();
  if (words === '') return undefined;
  const title = URL.canParse(words) ? new URL(words).hostname : words.split(/[\r\n]/)[0];
  return { files: [textFile(words, title)] };
}

/** A link that is dropped, by RFC 2483; undefined if the drop holds none. */
export function linkFromTransfer(data: DataTransfer | null): FileSelection | undefined {
  const links = data?.getData('text/uri-list').split(/[\r\n]+/) ?? [];
  return fileFromText(links.filter((line) => /^https?:/i.test(line)).join('\n'));
}
