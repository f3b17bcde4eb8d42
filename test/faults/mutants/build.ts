/** Builds a mutant: a copy of the program with a bug in it, which runs from its sources. */
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { RunOptions } from '../../setup/service.ts';

/** A change of one line, found by the comment `// mutant: marker` on it. */
export interface Edit {
  /** Under `src/`. */
  readonly file: string;
  /** Unique in all of `src/`. */
  readonly marker: string;
  /** Returns the lines that replace the marked one, which comes without its marker. */
  readonly with: (line: string) => string;
}

export const root = join(import.meta.dirname, '../../..');
const sources = join(root, 'src');
const home = join(root, 'dist', 'mutants');

/** The copy is below `dist/`, so that it finds the packages, and it serves the built page. */
export async function buildMutant(name: string, edits: readonly Edit[]): Promise<RunOptions> {
  const folder = join(home, name);
  await rm(folder, { recursive: true, force: true });
  await cp(sources, join(folder, 'src'), { recursive: true, filter: isProgram });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'dist'));
  await symlink(join(root, 'dist', 'web'), join(folder, 'dist', 'web'));
  for (const { file, ...edit } of edits) {
    const path = join(folder, 'src', file);
    await writeFile(path, applyEdit(await readFile(path, 'utf8'), edit));
  }
  return { program: join(folder, 'src', 'main.ts') };
}

const isProgram = (path: string) => !path.endsWith('.test.ts') && relative(sources, path).split(/[\\/]/)[0] !== 'web';

/**
 * Applies an edit. A marker alone on its line marks the next one. Throws if the marker is missing or not unique, or if
 * nothing changes.
 */
export function applyEdit(text: string, edit: Omit<Edit, 'file'>): string {
  const comment = `// mutant: ${edit.marker}`;
  const lines = text.split('\n');
  const marked = lines.flatMap((line, index) => (line.trimEnd().endsWith(comment) ? [index] : []));
  const [at] = marked;
  if (at === undefined || marked.length > 1)
    throw new Error(`The marker ${edit.marker} is there ${marked.length} times`);
  const isAlone = lines[at]?.trim() === comment;
  const target = isAlone ? at + 1 : at;
  const line = (lines[target] ?? '').replace(comment, '').trimEnd();
  const replacement = edit.with(line);
  if (replacement === line) throw new Error(`${edit.marker} changes nothing in: ${line}`);
  return lines.with(target, replacement).join('\n');
}
