/** Removes what a file says about its giver. */
import type { FileKind } from '../../contract/vocabulary.ts';
import type { StagedFile } from '../staged-file.ts';
import { type CleanedFormat, cleanedFormat } from './cleaned-format.ts';
import type { Cleaning } from './draft.ts';

type TypedFile = Pick<StagedFile, 'kind' | 'mimeType'>;
type ReadableFile = Pick<StagedFile, 'size' | 'read'>;

export interface Cleaner {
  /** The format of a file by its first bytes and its type; undefined if it cannot be cleaned. */
  formatOf(finding: TypedFile, head: Uint8Array): CleanedFormat | undefined;
  /** Plans which bytes of a stored file stay. Throws `metadata-stays` if it is damaged or too unusual. */
  plan(file: ReadableFile, format: CleanedFormat): Promise<Cleaning>;
  /** A name that says the kind and the type, and nothing else. */
  plainName(finding: TypedFile & { readonly extension: string }): string;
}

interface CleaningWorkers {
  planCleaning(file: ReadableFile, format: CleanedFormat): Promise<Cleaning>;
}

const names: Readonly<Record<FileKind, string>> = {
  text: 'note',
  pdf: 'document',
  image: 'photo',
  document: 'essay',
  audio: 'sound',
  video: 'film',
  archive: 'archive',
  code: 'code',
  other: 'file',
};

export const openCleaner = (workers: CleaningWorkers): Cleaner => ({
  formatOf: cleanedFormat,
  plan: workers.planCleaning,
  plainName: ({ kind, extension }) => (extension === 'unknown' ? names[kind] : `${names[kind]}.${extension}`),
});
