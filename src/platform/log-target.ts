/**
 * The file, pipe or terminal that the log is written to. A target that fails stops nothing: lines are kept up to a limit, then
 * counted, and each flush tries again.
 */
import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** How much of the log is buffered before it is written, in bytes, and how long, in milliseconds. */
const minFlush = 4096;
const flushDelay = 250;
/** The pause before a failed write is tried again, in milliseconds. */
const retryDelay = 1_000;
/** How much is kept while the target fails, in bytes. */
const maxKept = 256 * 1024;

interface LogTarget {
  write(line: string): void;
  /** The code of the last error, such as ENOSPC; undefined once a write succeeded. */
  fault(): string | undefined;
  /** Writes what is buffered, in one attempt: for the exit of the process. */
  flushOnce(): void;
}

/** Opens a target; `onRecovery` gets the number of lines that were lost. */
export function openLogTarget(descriptor: number, onRecovery: (lost: number) => void): LogTarget {
  const file = reopenPipe(descriptor);
  let [kept, lost] = [Buffer.alloc(0), 0];
  let lines = '';
  let [isWriting, timer]: [boolean, NodeJS.Timeout | undefined] = [false, undefined];
  let fault: string | undefined;

  const plan = (delay: number) => {
    timer ??= setTimeout(flush, delay).unref();
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (isWriting) return;
    kept = Buffer.concat([kept, Buffer.from(lines)]);
    lines = '';
    if (kept.length === 0) return;
    isWriting = true;
    write(file, kept, (error, written) => {
      isWriting = false;
      kept = kept.subarray(written);
      if (error) failed(error);
      else succeeded();
    });
  };
  const failed = ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    // A full pipe is no failure while its reader may catch up.
    if (code !== 'EAGAIN' || lost > 0) fault = code;
    plan(retryDelay);
  };
  const succeeded = () => {
    fault = undefined;
    const missed = lost;
    lost = 0;
    if (missed > 0) onRecovery(missed);
    if (kept.length > 0 || lines !== '') plan(flushDelay);
  };
  return {
    write: (line) => {
      if (kept.length + lines.length > maxKept) {
        lost += 1;
        return;
      }
      lines += line;
      if (lines.length >= minFlush && fault === undefined) flush();
      else plan(flushDelay);
    },
    fault: () => fault,
    flushOnce: () => {
      if (fault !== undefined) return;
      try {
        writeSync(file, Buffer.concat([isWriting ? Buffer.alloc(0) : kept, Buffer.from(lines)]));
      } catch {
        // The process ends, and nothing is left to tell.
      }
    },
  };
}

/** A pipe is opened again without blocking (Linux), or a reader that stalls would stop the exit of the process. */
function reopenPipe(descriptor: number): number {
  let opened: number | undefined;
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor;
    opened = openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
    return opened;
  } catch {
    if (opened !== undefined) closeSync(opened);
    return descriptor;
  }
}
