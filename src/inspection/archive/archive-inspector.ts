import type { Inspector, StagedFile } from '../staged-file.ts';
import type { ArchiveWorkers } from './archive-workers.ts';
import { mayHoldFiles } from './entry-rules.ts';

/** The mark of the record at the end of a ZIP, which may begin with other bytes. */
const endMark = Buffer.from('PK\x05\x06', 'latin1');

/** Inspects archives, and documents for macros, in worker threads. */
export const archiveInspector = (workers: ArchiveWorkers, allowsEncrypted: boolean): Inspector => ({
  name: 'archive',
  appliesTo: ({ kind, start, end }: StagedFile) => kind === 'archive' || mayHoldFiles(start) || end.includes(endMark),
  inspect: (file) => workers.inspect(file, allowsEncrypted),
});
