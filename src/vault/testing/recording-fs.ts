import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openDiskVault } from '../disk/disk-vault.ts';
import { type DiskOperations, type FileHandle, nodeOperations } from '../disk/fs-operations.ts';

const folders: string[] = [];

/** A new temporary folder, which `removeFolders` removes. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-vault-'));
  folders.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** An error with a code of the system. */
export const failure = (code: string) => Object.assign(new Error(`${code}: made up`), { code });

type Call = readonly [operation: keyof DiskOperations, ...paths: string[]];

/**
 * The real operations, recorded with their paths from the first call of `listen` on. Its hook runs before each call and may
 * throw.
 */
export function recorded(folder: string) {
  const calls: Call[] = [];
  const opened = new Map<FileHandle, string>();
  let before: ((index: number, call: Call) => void) | undefined;
  const short = (path: string) => relative(folder, path);
  function record(...call: Call): void {
    if (before === undefined) return;
    calls.push(call);
    before(calls.length - 1, call);
  }
  const onFile =
    <A extends unknown[], R>(name: keyof DiskOperations, work: (file: FileHandle, ...rest: A) => Promise<R>) =>
    async (file: FileHandle, ...rest: A): Promise<R> => {
      record(name, opened.get(file) ?? '?');
      return work(file, ...rest);
    };
  const onPath =
    <R>(name: keyof DiskOperations, work: (path: string) => Promise<R>) =>
    async (path: string): Promise<R> => {
      record(name, short(path));
      return work(path);
    };
  const operations: DiskOperations = {
    open: async (path, flags) => {
      record('open', short(path));
      const file = await nodeOperations.open(path, flags);
      opened.set(file, short(path));
      return file;
    },
    write: onFile('write', nodeOperations.write),
    read: onFile('read', nodeOperations.read),
    size: onFile('size', nodeOperations.size),
    fsync: onFile('fsync', nodeOperations.fsync),
    // A failed close(2) closes the descriptor, too.
    close: async (file) => {
      try {
        record('close', opened.get(file) ?? '?');
      } finally {
        await nodeOperations.close(file);
      }
    },
    rename: async (from, to) => {
      record('rename', short(from), short(to));
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

/** A vault over recorded operations. `residue` lists files in its folder and open descriptors. */
export async function openRecorded() {
  const folder = await newFolder();
  const recording = recorded(folder);
  const vault = await openDiskVault(folder, recording.operations);
  const residue = async () => ({
    incoming: await readdir(join(folder, 'incoming')),
    gifts: (await readdir(join(folder, 'gifts'), { recursive: true })).filter(isGift),
    open: await openFiles(folder),
  });
  return { folder, vault, residue, ...recording };
}

const isGift = (path: string) => path.length > 2;
export const nothing = { incoming: [], gifts: [], open: [] };

/** Files in a folder that this process has open; empty on systems without /proc. */
export async function openFiles(folder: string): Promise<string[]> {
  const own = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(own.map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder));
}
