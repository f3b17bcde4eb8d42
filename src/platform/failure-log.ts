/** The part of a logger that a failure log needs. */
interface ErrorLog {
  error(facts: object, message: string): void;
}

export interface FailureLog {
  /** Logs a failure of a state: the first one in full, and of those that follow their number. */
  note(log: ErrorLog, state: string, facts: object, message: string): void;
}

/** The pause between two numbers of one state, and how long it takes to end, in milliseconds. */
const defaultPause = 60_000;

/**
 * Logs failures that repeat, such as those of a full disk, once per state. A state ends when none of its failures came for a
 * minute.
 */
export function createFailureLog(pause = defaultPause): FailureLog {
  const repeated = new Map<string, number>();
  const countLater = (log: ErrorLog, state: string) => {
    setTimeout(() => {
      const count = repeated.get(state) ?? 0;
      if (count === 0) return void repeated.delete(state);
      log.error({ state, count }, 'failed again');
      repeated.set(state, 0);
      countLater(log, state);
    }, pause).unref();
  };
  return {
    note: (log, state, facts, message) => {
      const count = repeated.get(state);
      repeated.set(state, count === undefined ? 0 : count + 1);
      if (count !== undefined) return;
      log.error(facts, message);
      countLater(log, state);
    },
  };
}
