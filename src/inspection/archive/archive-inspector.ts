import type { Inspector, StagedFile } from '../staged-file.ts';
import { mayHoldFiles } from './entry-rules.ts';
import { endMark } from './zip-entries.ts';

interface ArchiveWorkers {
  inspectArchive(file: StagedFile, allowsEncrypted: boolean): Promise<void>;
}

/** Inspects archives, and documents for macros, in worker threads. */
export const archiveInspector = (workers: ArchiveWorkers, allowsEncrypted: boolean): Inspector => ({
  name: 'archive',
  appliesTo: ({ kind, start, end }: StagedFile) => kind === 'archive' || mayHoldFiles(start) || end.includes(endMark),
  inspect: (file) => workers.inspectArchive(file, allowsEncrypted),
});
