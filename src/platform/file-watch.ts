import { type Stats, statSync } from 'node:fs';

/** An open file was deleted or replaced: what is written to it is lost with the process. */
export class FileReplaced extends Error {
  override readonly name = 'FileReplaced';
  readonly code = 'FILE_REPLACED';
}

/**
 * Answers a check that throws `FileReplaced` once a path no longer names the file that it named at first, by device and inode.
 * A file that appears later is watched from then on.
 */
export function watchFiles(paths: readonly string[]): () => void {
  const known = new Map<string, Pick<Stats, 'dev' | 'ino'>>();
  const check = () => {
    for (const path of paths) {
      const expected = known.get(path);
      const found = statSync(path, { throwIfNoEntry: false });
      if (!expected && found) known.set(path, { dev: found.dev, ino: found.ino });
      if (expected && (found?.ino !== expected.ino || found.dev !== expected.dev))
        throw new FileReplaced(
          `"${path}" was ${found ? 'replaced' : 'deleted'} while it was in use; bring it back and restart`,
        );
    }
  };
  check();
  return check;
}

/** The files of an SQLite database in WAL mode. */
export const databaseFiles = (path: string): readonly string[] => [path, `${path}-wal`, `${path}-shm`];
