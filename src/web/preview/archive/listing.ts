/** Lists the entries of an archive as it declares them. Nothing is extracted. */
import { type Entry as ZipEntry, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { createTarDecoder } from 'modern-tar';
import { showControlCharacters } from '../../i18n/control-characters.ts';

export interface ArchiveEntry {
  readonly name: string;
  /** Declared size in bytes. */
  readonly size: number;
  readonly isFolder: boolean;
  readonly isLocked: boolean;
}

export interface ArchiveListing {
  readonly entries: readonly ArchiveEntry[];
  /** True if more entries were counted than listed. */
  readonly isMore: boolean;
  /** Files and bytes of all counted entries. */
  readonly files: number;
  readonly size: number;
  /** True if a limit ended the count. */
  readonly isPartial: boolean;
}

interface ArchiveLimits {
  /** Number of entries to list and to count. */
  readonly listed: number;
  readonly counted: number;
  readonly nameLength: number;
  /** Decompressed bytes to read from a compressed archive. */
  readonly unpacked: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  listed: 2_000,
  counted: 100_000,
  nameLength: 300,
  unpacked: 64 * 1024 * 1024,
};

/** Rejects if the bytes are no archive of the format. */
export function listArchive(bytes: Blob, type: string, limits = defaultArchiveLimits): Promise<ArchiveListing> {
  return collect(type === 'zip' ? zipEntries(bytes) : tarEntries(bytes, type, limits), limits);
}

/** Yields entries; returns true if a limit ended the list. */
type Entries = AsyncGenerator<ArchiveEntry, boolean>;

async function collect(found: Entries, { listed, counted, nameLength }: ArchiveLimits): Promise<ArchiveListing> {
  const entries: ArchiveEntry[] = [];
  let [files, size, seenCount] = [0, 0, 0];
  const end = (isPartial: boolean) => {
    const isMore = seenCount > entries.length;
    return { entries, isMore, files, size, isPartial };
  };
  for (;;) {
    const { done, value } = await found.next();
    if (done) return end(value);
    if (seenCount++ === counted) return end(true);
    if (!value.isFolder) files++;
    size += value.size;
    if (entries.length < listed)
      entries.push({ ...value, name: shorten(showControlCharacters(value.name), nameLength) });
  }
}

const shorten = (name: string, length: number) => (name.length > length ? `${name.slice(0, length)}…` : name);

async function* zipEntries(bytes: Blob): Entries {
  const reader = {
    size: bytes.size,
    init: async () => undefined,
    readUint8Array: async (from: number, length: number) =>
      new Uint8Array(await bytes.slice(from, from + length).arrayBuffer()),
  };
  // Accept paths out of the folder: nothing is ever written to them.
  const options = { filenameValidation: 'tolerant', strictness: 'tolerant' } as const;
  const archive = new ZipReader(reader as never, options);
  for await (const entry of archive.getEntriesGenerator()) yield entryOf(entry);
  return false;
}

const entryOf = ({ filename, uncompressedSize, directory, encrypted }: ZipEntry): ArchiveEntry => ({
  name: filename,
  size: directory ? 0 : uncompressedSize,
  isFolder: directory,
  isLocked: encrypted,
});

async function* tarEntries(bytes: Blob, type: string, { unpacked }: ArchiveLimits): Entries {
  const limit = byteLimit(unpacked);
  const unpackedBytes = type === 'tar' ? bytes.stream() : bytes.stream().pipeThrough(new DecompressionStream('gzip'));
  const found = unpackedBytes
    .pipeThrough(limit.stream)
    .pipeThrough(createTarDecoder({ strict: true }))
    .getReader();
  let seenCount = 0;
  try {
    for (;;) {
      const { done, value } = await found.read();
      if (done) return false;
      const { name, size, type: what = 'file' } = value.header;
      seenCount++;
      yield { name, size, isFolder: what === 'directory', isLocked: false };
      await value.body.cancel();
    }
  } catch (error) {
    if (limit.isReached() && seenCount > 0) return true;
    throw error;
  } finally {
    await found.cancel().catch(() => undefined);
  }
}

/** Fails after a number of bytes: a guard against decompression bombs. */
function byteLimit(maxBytes: number) {
  let left = maxBytes;
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      left -= chunk.length;
      if (left < 0) controller.error(new RangeError('That is enough.'));
      else controller.enqueue(chunk);
    },
  });
  return { stream, isReached: () => left < 0 };
}
