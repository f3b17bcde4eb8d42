/**
 * Notes that survive the death of this process, in a file that is never synced: the kernel keeps what a killed process has
 * written. A power cut may lose them.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

export interface CrashJournal {
  /** Writes a note of one short line; answers how to erase it. A note that cannot be written is left out. */
  add(text: string): () => void;
  /** Closes the file, and removes it if all its notes are erased. */
  close(): void;
}

/** The length of a note in bytes, its line end included. */
const width = 64;

const blank = Buffer.from(`${' '.repeat(width - 1)}\n`);

/** The files of this process, which are not of an ended one. */
const ownFiles = new Set<string>();
let opened = 0;

/** Opens the notes of this process in a folder, which is created if it is missing. On a full disk all notes are left out. */
export function openCrashJournal(folder: string): CrashJournal {
  opened += 1;
  const name = `${hostname()} ${process.pid} ${opened}`;
  const file = createFile(folder, name);
  if (file === undefined) return { add: () => () => undefined, close: () => undefined };
  ownFiles.add(name);
  const freeSlots: number[] = [];
  let slots = 0;
  return {
    add: (text) => {
      const slot = freeSlots.pop() ?? slots++;
      overwrite(file, slot, Buffer.from(`${text.padEnd(width - 1)}\n`));
      return () => {
        overwrite(file, slot, blank);
        freeSlots.push(slot);
      };
    },
    close: () => {
      closeSync(file);
      ownFiles.delete(name);
      if (freeSlots.length === slots) rmSync(join(folder, name), { force: true });
    },
  };
}

function createFile(folder: string, name: string): number | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(join(folder, name), 'w', 0o600);
  } catch {
    return undefined;
  }
}

function overwrite(file: number, slot: number, line: Buffer): void {
  try {
    writeSync(file, line, 0, width, slot * width);
  } catch {
    // The disk is full or fails, which others report; the note only narrows a window.
  }
}

/** The notes of ended processes in a folder. `remove` deletes their files, once the notes are settled. */
export function readCrashJournals(folder: string): { readonly notes: readonly string[]; remove(): void } {
  const files = (existsSync(folder) ? readdirSync(folder) : [])
    .filter(isOfEndedProcess)
    .map((name) => join(folder, name));
  const lines = files.flatMap((file) => readIfThere(file).split('\n'));
  return {
    notes: lines.map((line) => line.trim()).filter((line) => line !== ''),
    remove: () => {
      for (const file of files) rmSync(file, { force: true });
    },
  };
}

/** Another process that starts now may settle and remove the same file. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The file of a process on another machine is left to that machine. */
function isOfEndedProcess(name: string): boolean {
  const [host, pid] = name.split(' ');
  if (host !== hostname() || ownFiles.has(name)) return false;
  return Number(pid) === process.pid || !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
