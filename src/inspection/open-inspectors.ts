/** The inspectors of stored bytes, as the settings ask for them. */
import { archiveInspector } from './archive/archive-inspector.ts';
import { type Blocklist, blocklistInspector } from './blocklist.ts';
import { imageByTrailer } from './executables/disk-images.ts';
import { refuseTrailer } from './executables/executables.ts';
import { type Cleaner, openCleaner } from './metadata/open-cleaner.ts';
import { type ClamdAddress, clamdInspector } from './scanners/clamd.ts';
import { webhookInspector } from './scanners/webhook.ts';
import type { Inspector } from './staged-file.ts';
import { createFileWorkers } from './workers/file-workers.ts';

interface InspectorSettings {
  readonly ENCRYPTED_ARCHIVES: 'allow' | 'refuse';
  readonly CLAMD_URL: ClamdAddress | undefined;
  /** Empty without a hook. */
  readonly INSPECT_URL: string;
  /** In milliseconds. */
  readonly INSPECT_TIMEOUT: number;
}

interface Inspectors {
  /** In the order in which they inspect. */
  readonly all: readonly Inspector[];
  /** Removes metadata, in the same threads. */
  readonly cleaner: Cleaner;
  close(): Promise<void>;
}

/** Finds disk images, whose mark is in the last bytes of the file. */
const diskImageInspector: Inspector = {
  name: 'disk-image',
  appliesTo: ({ end }) => imageByTrailer(end) !== undefined,
  inspect: async ({ end }) => refuseTrailer(end),
};

/** Opens those that need no other program first: what they refuse is sent to none. */
export function openInspectors(settings: InspectorSettings, blocklist: Blocklist | undefined): Inspectors {
  const { ENCRYPTED_ARCHIVES, CLAMD_URL, INSPECT_URL, INSPECT_TIMEOUT } = settings;
  const workers = createFileWorkers();
  return {
    all: [
      ...(blocklist ? [blocklistInspector(blocklist)] : []),
      diskImageInspector,
      archiveInspector(workers, ENCRYPTED_ARCHIVES === 'allow'),
      ...(CLAMD_URL ? [clamdInspector(CLAMD_URL, INSPECT_TIMEOUT)] : []),
      ...(INSPECT_URL === '' ? [] : [webhookInspector(INSPECT_URL, INSPECT_TIMEOUT)]),
    ],
    cleaner: openCleaner(workers),
    close: workers.close,
  };
}
