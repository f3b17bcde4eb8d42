/** Looks through an archive, and archives inside it, for programs and bombs. Unpacks beginnings and nested archives only. */
import { type ArchiveLimits, createBudget, inspectionLimits, refuseArchive } from './budget.ts';
import {
  type ByteReader,
  type ByteSource,
  readerOfSource,
  readerOfStream,
  sourceOfBuffer,
  windowed,
} from './byte-source.ts';
import { hasMacros, isCompoundFile } from './compound-file.ts';
import {
  checkEntryHead,
  checkEntryName,
  headSize,
  type Inspection,
  isGzip,
  type MacroPlace,
  mayHoldFiles,
  refuseMacros,
} from './entry-rules.ts';
import { gunzip } from './gunzip.ts';
import { inspectZip } from './inspect-zip.ts';
import { isTarHeader, type TarEntry, tarEntries } from './tar-entries.ts';
import { findDirectories } from './zip-entries.ts';

/** Windows for reading are as large as the vault's blocks; four of them are one of its chunks. */
const windowSize = 128 * 1024;
const maxWindows = 24;

/**
 * Inspects a file that may be an archive or an old document; others pass. Damaged parts pass, since nothing opens them.
 * Throws `Refused`.
 */
export async function inspectArchive(
  file: ByteSource,
  allowsEncrypted: boolean,
  limits: ArchiveLimits = inspectionLimits,
): Promise<void> {
  const inspection: Inspection = {
    allowsEncrypted,
    budget: createBudget(file.size, limits),
    inspectNested: (source) => inspectSource(inspection, source, 'entry'),
  };
  await inspectSource(inspection, windowed(file, windowSize, maxWindows), 'file');
}

/** Inspects bytes as everything that programs may take them for: a ZIP is found by its end, the others by their beginning. */
async function inspectSource(inspection: Inspection, source: ByteSource, place: MacroPlace): Promise<void> {
  const head = await source.read(0, headSize);
  if (isCompoundFile(head) && (await hasMacros(source))) refuseMacros(place);
  const directories = await findDirectories(source);
  if (directories.length > 0)
    await inspection.budget.inArchive(async () => {
      for (const directory of directories) await inspectZip(inspection, source, directory, place);
    });
  await inspectReader(inspection, readerOfSource(source), head);
}

/** Inspects a gzip or tar archive that begins with `head`; false for other bytes. */
async function inspectReader(inspection: Inspection, reader: ByteReader, head: Buffer): Promise<boolean> {
  const isTar = isTarHeader(head.subarray(0, 512));
  if (!isTar && !isGzip(head)) return false;
  await inspection.budget.inArchive(() => (isTar ? inspectTar(inspection, reader) : inspectGzip(inspection, reader)));
  return true;
}

/** Thrown by a stream of more bytes than are looked through. */
class StreamTooLong extends Error {}

async function* counted({ budget }: Inspection, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (!budget.countStreamed(chunk.length)) throw new StreamTooLong();
    yield chunk;
  }
}

/** Reads to the end, since a bomb may come late; a file that is only too long for that passes. */
async function inspectGzip(inspection: Inspection, packed: ByteReader): Promise<void> {
  const chunks = counted(inspection, gunzip(packed));
  const reader = readerOfStream(chunks);
  try {
    const head = await reader.peek(headSize);
    if (!(await inspectReader(inspection, reader, head))) await inspectUnpacked(inspection, reader, head);
    await reader.skip(Number.POSITIVE_INFINITY);
  } catch (error) {
    if (!(error instanceof StreamTooLong)) throw error;
  } finally {
    await chunks.return(undefined);
  }
}

async function inspectUnpacked(inspection: Inspection, reader: ByteReader, head: Buffer): Promise<void> {
  const { budget } = inspection;
  checkEntryHead(head);
  if (!mayHoldFiles(head)) return;
  const { maxNested } = budget.limits;
  await budget.unpacking(maxNested, async () => {
    const bytes = await reader.take(maxNested + 1);
    if (bytes.length <= maxNested) await inspection.inspectNested(sourceOfBuffer(bytes));
  });
}

/** Names that come behind more bytes than are looked through stay unseen, so such an archive is refused. */
async function inspectTar(inspection: Inspection, reader: ByteReader): Promise<void> {
  try {
    for await (const entry of tarEntries(reader)) await inspectTarEntry(inspection, entry);
  } catch (error) {
    if (error instanceof StreamTooLong) refuseArchive('archive-too-large');
    throw error;
  }
}

async function inspectTarEntry(inspection: Inspection, entry: TarEntry): Promise<void> {
  const { budget } = inspection;
  budget.countEntry();
  checkEntryName(entry.name);
  if (!entry.isFile || entry.size === 0 || !budget.takeHead()) return;
  const head = await entry.take(headSize);
  checkEntryHead(head);
  if (!mayHoldFiles(head)) return;
  await budget.unpacking(entry.size, async () => {
    const rest = await entry.take(entry.size);
    await inspection.inspectNested(sourceOfBuffer(Buffer.concat([head, rest])));
  });
}
