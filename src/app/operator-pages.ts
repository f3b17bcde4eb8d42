/** The pages that the operator writes, as text files in `PAGES_DIR`, and the text of the built page. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OperatorPage, operatorPages } from '../contract/vocabulary.ts';

const fileOf = (folder: string, page: OperatorPage) => join(folder, `${page}.txt`);

/** The pages that have a file; none without a folder. */
export const writtenPages = (folder: string): OperatorPage[] =>
  folder === '' ? [] : operatorPages.filter((page) => existsSync(fileOf(folder, page)));

/** Reads a page each time, so that a change counts at once. Resolves with undefined if there is no such file. */
export const readPage = (folder: string, page: OperatorPage): Promise<string | undefined> =>
  folder === '' ? Promise.resolve(undefined) : readFile(fileOf(folder, page), 'utf8').catch(() => undefined);

/** Reads the built page each time. Resolves with undefined if there is none. */
export const readBuiltPage = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
