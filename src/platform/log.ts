import { destination, type Logger, pino } from 'pino';

/** How much of the log is held back until it is written in one piece, in bytes, and how long, in milliseconds. */
const maxBuffered = 4096;
const maxFlushDelay = 250;

/**
 * Opens the log: lines of JSON, on standard output unless told. A line for each request, written by itself, would cost a small
 * request a tenth of its time; what is held back is written when the process exits.
 */
export function openLog(level: string, to?: { write(line: string): void }): Logger {
  return pino(
    { level },
    to ??
      destination({ dest: 1, sync: false, minLength: maxBuffered, periodicFlush: maxFlushDelay }),
  );
}
