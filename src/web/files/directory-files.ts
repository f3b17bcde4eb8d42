/** Lists the files of dropped or selected folders, without system files such as `.DS_Store`. */
import type { FileSelection } from './types.ts';

/** A guard against a dropped home folder. */
export const maxFiles = 1000;
/** Deeper than folders that are sorted by hand. */
const maxDepth = 30;

const systemFiles: ReadonlySet<string> = new Set(['thumbs.db', 'desktop.ini', '__macosx', 'icon\r']);

/** True for hidden files and the files that operating systems add to folders. */
export const isSystemFile = (name: string): boolean => name.startsWith('.') || systemFiles.has(name.toLowerCase());

/**
 * Drops the system files of selected folders, whose files have a relative path. Files that were selected one by one all
 * stay.
 */
export function selectFiles(chosen: readonly File[]): FileSelection {
  const isLeftOut = (file: File) => (file.webkitRelativePath ?? '').split('/').slice(1).some(isSystemFile);
  const selected = chosen.filter((file) => !isLeftOut(file));
  return {
    files: selected.slice(0, maxFiles),
    leftOut: chosen.length - selected.length,
    isTruncated: selected.length > maxFiles,
  };
}

interface DirectoryWalk {
  readonly files: File[];
  leftOut: number;
  unreadable: number;
  isTruncated: boolean;
}

/** Reads dropped files and folders recursively, sorted by name. */
export async function walkDirectories(dropped: readonly FileSystemEntry[]): Promise<FileSelection> {
  const found: DirectoryWalk = { files: [], leftOut: 0, unreadable: 0, isTruncated: false };
  for (const entry of dropped) await visit(entry, found, 0);
  return found;
}

async function visit(entry: FileSystemEntry, found: DirectoryWalk, depth: number): Promise<void> {
  if (found.isTruncated) return;
  if (depth > 0 && isSystemFile(entry.name)) found.leftOut++;
  else if (isFile(entry)) await addFile(entry, found);
  else if (depth < maxDepth) for (const inner of await readEntries(entry, found)) await visit(inner, found, depth + 1);
  else found.isTruncated = true;
}

async function addFile(entry: FileSystemFileEntry, found: DirectoryWalk): Promise<void> {
  if (found.files.length >= maxFiles) {
    found.isTruncated = true;
    return;
  }
  await new Promise<File>((resolve, reject) => entry.file(resolve, reject)).then(
    (file) => found.files.push(file),
    () => found.unreadable++,
  );
}

/** `readEntries` returns a batch at a time and an empty one at the end. */
async function readEntries(entry: FileSystemEntry, found: DirectoryWalk): Promise<FileSystemEntry[]> {
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const read = () => new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
  const all: FileSystemEntry[] = [];
  try {
    for (let some = await read(); some.length > 0; some = await read()) all.push(...some);
  } catch {
    found.unreadable++;
  }
  return all.toSorted((one, other) => one.name.localeCompare(other.name));
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
