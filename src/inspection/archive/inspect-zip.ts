import { refuseArchive } from './budget.ts';
import { type ByteSource, sliceOf, sourceOfBuffer } from './byte-source.ts';
import {
  checkEntryHead,
  checkEntryName,
  headSize,
  type Inspection,
  type MacroPlace,
  mayHoldFiles,
  refuseMacros,
} from './entry-rules.ts';
import { createMacroFinder } from './macro-names.ts';
import { type Directory, hasOverlap, inflate, localEntry, type ZipEntry, zipEntries } from './zip-entries.ts';

/** Deflated heads are inflated from this many bytes, which are at most a mebibyte. */
const packedHeadSize = 1024;
const maxHeadSize = 1100 * 1024;

/** Inspects a ZIP by its central directory. Throws `Refused`. */
export async function inspectZip(
  inspection: Inspection,
  source: ByteSource,
  directory: Directory,
  place: MacroPlace,
): Promise<void> {
  const { budget, allowsEncrypted } = inspection;
  const entries: ZipEntry[] = [];
  const isMacro = createMacroFinder();
  for await (const entry of zipEntries(source, directory)) {
    budget.countEntry();
    for (const name of entry.names) {
      if (isMacro(name)) refuseMacros(place);
      checkEntryName(name);
    }
    if (entry.isEncrypted && !allowsEncrypted) refuseArchive('archive-encrypted');
    budget.countDeclared(entry.size);
    entries.push(entry);
  }
  if (hasOverlap(entries)) refuseArchive('archive-bomb');
  for (const entry of entries) {
    if (entry.size === 0 || entry.isEncrypted) continue;
    if (!budget.takeHead()) return;
    await inspectEntry(inspection, source, entry);
  }
}

async function inspectEntry(inspection: Inspection, source: ByteSource, entry: ZipEntry): Promise<void> {
  const { budget } = inspection;
  const local = await localEntry(source, entry);
  if (!local) return;
  checkEntryName(local.name);
  const head = await headOf(source, entry, local.start);
  budget.countHead(head.length);
  if (head.length > entry.size) refuseArchive('archive-bomb');
  checkEntryHead(head.subarray(0, headSize));
  if (!mayHoldFiles(head)) return;
  if (entry.method === 0) return inspection.inspectNested(sliceOf(source, local.start, entry.packedSize));
  const { packedSize, size } = entry;
  await budget.unpacking(Math.max(packedSize, size), async () => {
    const bytes = inflate(await source.read(local.start, local.start + packedSize), size, 'whole');
    if (bytes) await inspection.inspectNested(sourceOfBuffer(bytes));
  });
}

/** The first bytes of an entry: a few if it is stored, and what the first packed ones inflate to. None in other methods. */
async function headOf(source: ByteSource, { method, packedSize }: ZipEntry, start: number): Promise<Buffer> {
  if (method === 0) return source.read(start, start + Math.min(packedSize, headSize));
  if (method !== 8) return Buffer.alloc(0);
  const packed = await source.read(start, start + Math.min(packedSize, packedHeadSize));
  return inflate(packed, maxHeadSize, 'beginning') ?? Buffer.alloc(0);
}
