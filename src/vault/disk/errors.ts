import { Problem } from '../../contract/problems/problem.ts';

/** The system's name of a failure, such as `ENOSPC`. */
export function errno(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What a failure of the file system is to a client: no room, or (EIO, EMFILE, EROFS, EACCES …) a failing storage. */
export function diskProblem(cause: unknown): Problem {
  const full = ['ENOSPC', 'EDQUOT'].includes(errno(cause) ?? '');
  return new Problem(full ? 'storage-full' : 'storage-failing', { cause });
}

/** Runs an operation of the file system; throws its failure as a `Problem`. */
export async function asDiskProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskProblem(error);
  }
}
