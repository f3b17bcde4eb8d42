import Database from 'better-sqlite3';

/**
 * Holds a lock that no other process can have at the same time, and answers how to let go of it; undefined when somebody
 * has it. It is an exclusive SQLite transaction, because the system ends that however the process ends.
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
