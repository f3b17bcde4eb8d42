import { type Logger, pino } from 'pino';
import { openLogTarget } from './log-target.ts';

const standardOutput = 1;

export interface Log {
  readonly logger: Logger;
  /** Why lines cannot be written, such as ENOSPC; undefined while they can. */
  fault(): string | undefined;
}

/** Standard output, which all logs of a process share: two writers could break into each other's lines. */
let standardTarget: ReturnType<typeof openLogTarget> | undefined;

function openStandardTarget() {
  const target = openLogTarget(standardOutput, (lost) => pino(target).warn({ lost }, 'lines of the log were lost'));
  process.once('exit', target.flushOnce);
  return target;
}

/**
 * Opens the log: lines of JSON on standard output by default. Lines are buffered, since a write per line costs a small request a
 * tenth of its time; the exit of the process flushes them.
 */
export function openLog(level: string, to?: { write(line: string): void }): Log {
  if (to) return { logger: pino({ level }, to), fault: () => undefined };
  standardTarget ??= openStandardTarget();
  return { logger: pino({ level }, standardTarget), fault: standardTarget.fault };
}
