/** A copy of the program with a bug in it, which runs from its sources. */
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Manner } from '../../setup/service.ts';

/** A change of one place: `find` must be there once, so that nobody has to guess which place is meant. */
export interface Edit {
  /** Under `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const root = join(import.meta.dirname, '../../..');
const sources = join(root, 'src');
const home = join(root, 'dist', 'mutants');

/** Below `dist/`, so that the packages are found; the page is the built one. */
export async function makeMutant(name: string, edits: readonly Edit[]): Promise<Manner> {
  const folder = join(home, name);
  await rm(folder, { recursive: true, force: true });
  await cp(sources, join(folder, 'src'), { recursive: true, filter: isProgram });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'dist'));
  await symlink(join(root, 'dist', 'web'), join(folder, 'dist', 'web'));
  for (const { file, ...edit } of edits) {
    const path = join(folder, 'src', file);
    await writeFile(path, mutated(await readFile(path, 'utf8'), edit));
  }
  return { program: join(folder, 'src', 'main.ts') };
}

const isProgram = (path: string) =>
  !path.endsWith('.test.ts') && relative(sources, path).split(/[\\/]/)[0] !== 'web';

/** The text after an edit. Throws when the place is not there, or not the only one. */
export function mutated(text: string, { find, replace }: Omit<Edit, 'file'>): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`It is there ${parts.length - 1} times: ${find}`);
  return parts.join(replace);
}
