import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openDiskVault } from '../disk/disk-vault.ts';
import { type DiskOperations, type FileHandle, nodeOperations } from '../disk/fs-operations.ts';

const folders: string[] = [];

/** A new folder of the system's temporary ones, to be taken away by `removeFolders`. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-vault-'));
  folders.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** An error like the system's. */
export const failure = (code: string) => Object.assign(new Error(`${code}: made up`), { code });

type Call = readonly [operation: keyof DiskOperations, ...paths: string[]];

/**
 * The real operations, recorded with the paths they concern (files by the name they were opened with), once `listen` is
 * called. `before` comes first with the number of the call since then, and may throw in its stead.
 */
export function recorded(folder: string) {
  const calls: Call[] = [];
  const opened = new Map<FileHandle, string>();
  let before: ((index: number, call: Call) => void) | undefined;
  const short = (path: string) => relative(folder, path);
  function note(...call: Call): void {
    if (before === undefined) return;
    calls.push(call);
    before(calls.length - 1, call);
  }
  const onFile =
    <A extends unknown[], R>(
      name: keyof DiskOperations,
      work: (file: FileHandle, ...rest: A) => Promise<R>,
    ) =>
    async (file: FileHandle, ...rest: A): Promise<R> => {
      note(name, opened.get(file) ?? '?');
      return work(file, ...rest);
    };
  const onPath =
    <R>(name: keyof DiskOperations, work: (path: string) => Promise<R>) =>
    async (path: string): Promise<R> => {
      note(name, short(path));
      return work(path);
    };
  const operations: DiskOperations = {
    open: async (path, flags) => {
      note('open', short(path));
      const file = await nodeOperations.open(path, flags);
      opened.set(file, short(path));
      return file;
    },
    write: onFile('write', nodeOperations.write),
    read: onFile('read', nodeOperations.read),
    size: onFile('size', nodeOperations.size),
    fsync: onFile('fsync', nodeOperations.fsync),
    // A close(2) that fails has closed all the same.
    close: async (file) => {
      try {
        note('close', opened.get(file) ?? '?');
      } finally {
        await nodeOperations.close(file);
      }
    },
    rename: async (from, to) => {
      note('rename', short(from), short(to));
      await nodeOperations.rename(from, to);
    },
    unlink: onPath('unlink', nodeOperations.unlink),
    stat: onPath('stat', nodeOperations.stat),
    statfs: onPath('statfs', nodeOperations.statfs),
    readdir: onPath('readdir', nodeOperations.readdir),
    mkdir: onPath('mkdir', nodeOperations.mkdir),
  };
  const listen = (hook: (index: number, call: Call) => void = () => {}) => {
    calls.length = 0;
    before = hook;
  };
  return { operations, calls, listen };
}

/** A vault over recorded operations; `residue` is what there is in its folder, and what of it is open. */
export async function openRecorded() {
  const folder = await newFolder();
  const record = recorded(folder);
  const vault = await openDiskVault(folder, record.operations);
  const residue = async () => ({
    coming: await readdir(join(folder, 'incoming')),
    kept: (await readdir(join(folder, 'gifts'), { recursive: true })).filter(isKept),
    open: await openFiles(folder),
  });
  return { folder, vault, residue, ...record };
}

const isKept = (path: string) => path.length > 2;
export const nothing = { coming: [], kept: [], open: [] };

/** What this process holds open in a folder; nothing where the system does not tell. */
export async function openFiles(folder: string): Promise<string[]> {
  const own = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(
    own.map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => '')),
  );
  return paths.filter((path) => path.startsWith(folder));
}
