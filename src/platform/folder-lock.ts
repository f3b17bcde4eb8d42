import Database from 'better-sqlite3';

/**
 * Takes an exclusive lock between processes; answers the function that releases it, or undefined when it is taken. The lock is
 * an SQLite transaction, which the system ends however the process ends.
 */
export async function holdLock(path: string): Promise<(() => void) | undefined> {
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
    return () => lock.close();
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
