import { Problem } from '../../contract/problems/problem.ts';

/** The error code of the system, such as `ENOSPC`. */
export function errno(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The problem that a client sees: `storage-full`, or `storage-failing` for EIO, EMFILE, EROFS, EACCES and others. */
export function diskProblem(cause: unknown): Problem {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(errno(cause) ?? '');
  return new Problem(isFull ? 'storage-full' : 'storage-failing', { cause });
}

/** Rethrows failures of the file system as `Problem`. */
export async function asDiskProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskProblem(error);
  }
}
