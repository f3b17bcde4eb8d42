/** The file of an SQLite database before it is opened: created for this user alone, and checked, so that an error names it. */
import { accessSync, chmodSync, closeSync, constants, openSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { databaseFiles } from './file-watch.ts';

/** A database file that cannot be used. The message names the file, says what is wrong, and what to do; it has no full stop. */
export class DatabaseFileError extends Error {
  override readonly name = 'DatabaseFileError';
}

const { R_OK, W_OK, X_OK } = constants;
const othersBits = 0o077;

/** Creates a missing file, and closes an existing one to other users. Throws `DatabaseFileError`. */
export function prepareDatabaseFile(path: string): void {
  try {
    accessSync(dirname(path), R_OK | W_OK | X_OK);
  } catch (error) {
    throw new DatabaseFileError(`no file can be written beside "${path}": ${adviceFor(error)}`, { cause: error });
  }
  const found = assertDatabaseFile(path, true);
  if (!found) createDatabaseFile(path);
  else for (const file of databaseFiles(path)) closeToOthers(file, found);
}

/**
 * The file's stats; undefined if there is none. Throws `DatabaseFileError` unless it is a file that this user may read, and write
 * if that is needed.
 */
export function assertDatabaseFile(path: string, mayWrite: boolean): Stats | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return undefined;
    if (!found.isFile()) throw new DatabaseFileError(`"${path}" is no file; move it away, or restore the file`);
    accessSync(path, mayWrite ? R_OK | W_OK : R_OK);
    return found;
  } catch (error) {
    if (error instanceof DatabaseFileError) throw error;
    const what = mayWrite ? 'read and written' : 'read';
    throw new DatabaseFileError(`"${path}" cannot be ${what}: ${adviceFor(error)}`, { cause: error });
  }
}

/** The fault of an existing file that SQLite cannot use, with advice; undefined for any other error. */
export function describeDamage(path: string, { message, code = '' }: Error & { code?: string }): string | undefined {
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(code))
    return `"${path}" is damaged (${message}); see what "rfx doctor" says, or restore the file from a backup`;
  if (/^SQLITE_(?:READONLY|CANTOPEN|PERM|AUTH)/.test(code))
    return `"${path}" cannot be opened (${message}); make it and the files beside it writable for the user of the service`;
  return undefined;
}

function createDatabaseFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // Another process may start at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new DatabaseFileError(`"${path}" cannot be created: ${adviceFor(error)}`, { cause: error });
  }
}

/** SQLite gives `-wal` and `-shm` the mode of the database. A later change of that mode leaves them behind. */
function closeToOthers(path: string, { mode }: Stats): void {
  const found = statSync(path, { throwIfNoEntry: false });
  const wanted = mode & 0o700;
  if (!found || (found.mode & 0o777) === wanted) return;
  try {
    chmodSync(path, wanted);
  } catch (error) {
    // A file of another user that this one may use.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM' || (found.mode & othersBits) === 0) throw error;
  }
}

function adviceFor(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return `this user may not (${code}); give it to the user of the service with chown, or change its mode with chmod`;
  if (code === 'EROFS') return 'its file system is read-only (EROFS); mount it for writing';
  return message;
}
