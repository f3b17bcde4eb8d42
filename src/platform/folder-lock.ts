/** The lock of a data folder between processes. */
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Connection, { type Database } from 'better-sqlite3';
import { prepareDatabaseFile } from './database-file.ts';
import { watchFiles } from './file-watch.ts';

export interface FolderLock {
  /** Takes the lock again if its file was deleted. Throws when another process took it meanwhile. */
  assertHeld(): void;
  release(): void;
}

/**
 * Takes an exclusive lock on a folder; undefined when another process has it. The system ends it however the process ends.
 *
 * The lock is a transaction on `lock.db`, and on Linux also a name that deleting files does not release.
 */
export async function holdLock(folder: string): Promise<FolderLock | undefined> {
  const releaseName = await bindName(folder);
  if (!releaseName) return undefined;
  try {
    const lock = lockFile(join(folder, 'lock.db'));
    if (!lock) releaseName();
    const release = () => {
      lock?.release();
      releaseName();
    };
    return lock && { assertHeld: lock.assertHeld, release };
  } catch (error) {
    releaseName();
    throw error;
  }
}

function lockFile(path: string): FolderLock | undefined {
  let held = beginExclusive(path);
  if (!held) return undefined;
  let assertSame = watchFiles([path]);
  return {
    assertHeld: () => {
      try {
        assertSame();
      } catch (error) {
        const again = beginExclusive(path);
        if (!again) throw error;
        held?.close();
        held = again;
        assertSame = watchFiles([path]);
      }
    },
    release: () => void held?.close(),
  };
}

/** Undefined when another process has the lock. */
function beginExclusive(path: string): Database | undefined {
  prepareDatabaseFile(path);
  const lock = new Connection(path, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}

/**
 * Binds a socket in Linux' abstract namespace (unix(7)), named after the folder's device and inode. Undefined when another process
 * of this network namespace has it.
 */
async function bindName(folder: string): Promise<(() => void) | undefined> {
  if (process.platform !== 'linux') return () => undefined;
  const { dev, ino } = await stat(folder);
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    const path = `\0random-file-exchange/${dev}/${ino}`;
    server.listen({ path, exclusive: true }, () => resolve(() => void server.close()));
  });
}
