import { type Logger, pino } from 'pino';
import { openLogTarget } from './log-target.ts';

const standardOutput = 1;

export interface Log {
  readonly logger: Logger;
  /** Why lines cannot be written, such as ENOSPC; undefined while they can. */
  fault(): string | undefined;
}

/**
 * Opens the log: lines of JSON on standard output by default. Lines are buffered, since a write per line costs a small request a
 * tenth of its time; the exit of the process flushes them.
 */
export function openLog(level: string, to?: { write(line: string): void }): Log {
  if (to) return { logger: pino({ level }, to), fault: () => undefined };
  const target = openLogTarget(standardOutput, (lost) => logger.warn({ lost }, 'lines of the log were lost'));
  const logger = pino({ level }, target);
  process.once('exit', target.flushOnce);
  return { logger, fault: target.fault };
}
