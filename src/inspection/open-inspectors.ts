/** The inspectors of stored bytes, as the settings ask for them. */
import { archiveInspector } from './archive/archive-inspector.ts';
import { createArchiveWorkers } from './archive/archive-workers.ts';
import { type Blocklist, blocklistInspector } from './blocklist.ts';
import { imageByTrailer } from './executables/disk-images.ts';
import { refuseTrailer } from './executables/executables.ts';
import type { Inspector } from './staged-file.ts';

interface InspectorSettings {
  readonly ENCRYPTED_ARCHIVES: 'allow' | 'refuse';
}

interface Inspectors {
  /** In the order in which they inspect. */
  readonly all: readonly Inspector[];
  close(): Promise<void>;
}

/** Finds disk images, whose mark is in the last bytes of the file. */
const diskImageInspector: Inspector = {
  name: 'disk-image',
  appliesTo: ({ end }) => imageByTrailer(end) !== undefined,
  inspect: async ({ end }) => refuseTrailer(end),
};

export function openInspectors(
  { ENCRYPTED_ARCHIVES }: InspectorSettings,
  blocklist: Blocklist | undefined,
): Inspectors {
  const workers = createArchiveWorkers();
  return {
    all: [
      ...(blocklist ? [blocklistInspector(blocklist)] : []),
      diskImageInspector,
      archiveInspector(workers, ENCRYPTED_ARCHIVES === 'allow'),
    ],
    close: workers.close,
  };
}
