// Preloaded into the program: kills it without warning at a commit that changes gifts. KILL_AT_COMMIT names which one, and
// whether before or after it: "2 before".
import { createRequire } from 'node:module';

const Database = createRequire(import.meta.url)('better-sqlite3');
const [number, moment] = (process.env.KILL_AT_COMMIT ?? '').split(' ');
let left = Number(number);
let hasChanges = false;
const { prepare } = Database.prototype;

/** @param {string} source */
Database.prototype.prepare = function (source) {
  const statement = prepare.call(this, source);
  if (source.startsWith('update "gift"')) {
    for (const method of ['run', 'all']) around(statement, method, () => (hasChanges = true));
  }
  if (source === 'commit') {
    around(
      statement,
      'run',
      () => {
        if (hasChanges) left -= 1;
        if (left === 0 && moment === 'before') process.kill(process.pid, 'SIGKILL');
      },
      () => {
        hasChanges = false;
        if (left === 0) process.kill(process.pid, 'SIGKILL');
      },
    );
  }
  return statement;
};

/**
 * @param {Record<string, (...values: unknown[]) => unknown>} statement
 * @param {string} method
 * @param {() => void} before
 * @param {() => void} [after]
 */
function around(statement, method, before, after = () => undefined) {
  const original = statement[method] ?? (() => undefined);
  statement[method] = (...values) => {
    before();
    const result = original.apply(statement, values);
    after();
    return result;
  };
}
