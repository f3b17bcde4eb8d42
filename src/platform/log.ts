import { destination, type Logger, pino } from 'pino';

/** How much of the log is buffered before it is written, in bytes, and how long, in milliseconds. */
const maxBuffered = 4096;
const maxFlushDelay = 250;

/**
 * Opens the log: lines of JSON on standard output by default. Lines are buffered, since a write per line costs a small request a
 * tenth of its time; the exit of the process flushes them.
 */
export function openLog(level: string, to?: { write(line: string): void }): Logger {
  return pino(
    { level },
    to ?? destination({ dest: 1, sync: false, minLength: maxBuffered, periodicFlush: maxFlushDelay }),
  );
}
