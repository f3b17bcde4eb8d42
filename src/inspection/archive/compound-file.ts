/** Finds macros in the compound files of old Office documents ([MS-CFB], [MS-OVBA] 2.2.1). */
import type { ByteSource } from './byte-source.ts';
import { hasMacroSheet } from './macro-sheet.ts';

const signature = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const headerSize = 512;
const entrySize = 128;
/** The sectors of a directory that are read, and those of a chain of DIFAT sectors. */
const maxSectors = 4096;
const maxDifatSectors = 256;
const lastRegularSector = 0xfffffff9;

export const isCompoundFile = (head: Buffer): boolean => head.subarray(0, signature.length).equals(signature);

/** The storages and streams of a VBA project, in lower case. */
const macroNames = new Set(['vba', '_vba_project', '_vba_project_cur']);
/** The streams of a workbook ([MS-XLS] 2.1.2). */
const workbookNames = new Set(['workbook', 'book']);

/** True if a directory entry is a part of a VBA project, or a workbook has a sheet of Excel 4.0 macros. */
export async function hasMacros(source: ByteSource): Promise<boolean> {
  const header = await source.read(0, headerSize);
  const shift = header.length === headerSize && isCompoundFile(header) ? header.readUInt16LE(30) : 0;
  if (shift !== 9 && shift !== 12) return false;
  const size = 2 ** shift;
  const sector = (number: number) => source.read((number + 1) * size, (number + 2) * size);
  const file = { size, sector, tables: await allocationTables(header, size, sector) };
  let workbook: number | undefined;
  for await (const part of chain(file, header.readUInt32LE(48))) {
    for (const { name, start } of entriesOf(part)) {
      if (macroNames.has(name)) return true;
      if (workbookNames.has(name)) workbook = start;
    }
  }
  return workbook !== undefined && hasMacroSheet(chain(file, workbook));
}

interface CompoundFile {
  readonly size: number;
  readonly tables: readonly number[];
  sector(number: number): Promise<Buffer>;
}

/** The sectors of a stream or of the directory, until the end of their chain or a circle. */
async function* chain({ size, tables, sector }: CompoundFile, start: number): AsyncGenerator<Buffer> {
  const seen = new Set<number>();
  for (let at = start; at <= lastRegularSector && !seen.has(at) && seen.size < maxSectors; ) {
    seen.add(at);
    yield await sector(at);
    const table = tables[Math.floor((at * 4) / size)];
    const entry = (at * 4) % size;
    const allocation = table === undefined ? Buffer.alloc(0) : await sector(table);
    if (entry + 4 > allocation.length) return;
    at = allocation.readUInt32LE(entry);
  }
}

/** The sectors of the allocation table: 109 in the header, the others in a chain (2.5). */
async function allocationTables(
  header: Buffer,
  size: number,
  sector: (number: number) => Promise<Buffer>,
): Promise<number[]> {
  const tables = numbersOf(header.subarray(76));
  let next = header.readUInt32LE(68);
  for (let count = 0; next <= lastRegularSector && count < maxDifatSectors; count++) {
    const numbers = numbersOf(await sector(next));
    if (numbers.length < size / 4) break;
    next = numbers.pop() as number;
    tables.push(...numbers);
  }
  return tables;
}

const numbersOf = (bytes: Buffer): number[] =>
  Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readUInt32LE(index * 4));

/** The named entries of a sector of the directory, in lower case, with the first sectors of their streams. */
function* entriesOf(sector: Buffer): Generator<{ readonly name: string; readonly start: number }> {
  for (let at = 0; at + entrySize <= sector.length; at += entrySize) {
    const nameSize = Math.min(64, sector.readUInt16LE(at + 64));
    const name = sector.toString('utf16le', at, at + Math.max(0, nameSize - 2)).toLowerCase();
    if (sector[at + 66] !== 0) yield { name, start: sector.readUInt32LE(at + 116) };
  }
}
