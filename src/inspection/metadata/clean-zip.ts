/**
 * Cleans ZIP archives and documents: members that stay keep their packed bytes, and headers are written anew. An own writer, since
 * zip.js packs all members again.
 */
import { crc32, deflateRawSync } from 'node:zlib';
import { type ByteSource, sliceOf, sourceOfBuffer } from '../archive/byte-source.ts';
import { type Directory, directoryRecords, findDirectories, inflate, localEntry } from '../archive/zip-entries.ts';
import { extensionOf } from '../file-name.ts';
import { otherType, typeOf } from '../types/file-types.ts';
import { type CleanedFormat, cleanedFormat } from './cleaned-format.ts';
import { type Cleaning, type CleaningDraft, createDraft, damagedFormat, MetadataStays, type Piece } from './draft.ts';
import { droppedAs, editPart, isEdited, isPlainPart, type Package, packageOf } from './office-parts.ts';

const headSize = 512;
/** Sizes in bytes: of a member that is unpacked, and of all of them. */
const most = { members: 20_000, member: 8 * 1024 ** 2, unpacked: 24 * 1024 ** 2 };
/** Unicode names; all other flags tell how the sizes were written. */
const unicodeFlag = 0x0800;
/** 1 January 1980, the earliest time of the format. */
const earliestDate = 0x0021;

interface Member {
  readonly name: string;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
}

/** Cleans a member by its format; the pieces are those of its unpacked bytes. */
export type CleanMember = (source: ByteSource, format: CleanedFormat) => Promise<Cleaning>;

/** A member of the cleaned archive: its packed bytes, as pieces of the old archive, and the facts for its header. */
interface NewMember {
  readonly pieces: readonly Piece[];
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
}

interface Packing {
  readonly source: ByteSource;
  readonly kind: Package;
  readonly cleanMember: CleanMember;
  readonly draft: CleaningDraft;
  /** Bytes that were written and kept so far. */
  place: number;
  unpacked: number;
}

export async function cleanZip(source: ByteSource, cleanMember: CleanMember): Promise<Cleaning> {
  const directories = await findDirectories(source);
  const [directory] = directories;
  if (!directory || directories.length > 1 || directory.shift !== 0) throw damagedFormat();
  const members = await membersOf(source, directory);
  const draft = createDraft();
  const kind = packageOf(members.map(({ name }) => name));
  const packing: Packing = { source, kind, cleanMember, draft, place: 0, unpacked: 0 };
  const central: Buffer[] = [];
  for (const member of members) {
    const dropped = droppedAs(kind, member.name);
    if (dropped !== undefined) draft.drop(`ZIP ${dropped}`);
    else central.push(await addMember(packing, member));
  }
  await finishArchive(packing, central, await source.read(directory.start, source.size));
  return draft.finish();
}

async function membersOf(source: ByteSource, directory: Directory): Promise<Member[]> {
  const members: Member[] = [];
  for await (const { header, name } of directoryRecords(source, directory)) {
    // A copy, which keeps no window of the source in memory.
    const rawName = Buffer.from(name);
    const member = {
      name: rawName.toString('utf8'),
      rawName,
      flags: header.readUInt16LE(8),
      method: header.readUInt16LE(10),
      crc: header.readUInt32LE(16),
      packedSize: header.readUInt32LE(20),
      size: header.readUInt32LE(24),
      offset: header.readUInt32LE(42),
    };
    // Encrypted members, and those whose sizes are in an extra field.
    if ((member.flags & 0x2041) !== 0 || [member.size, member.packedSize, member.offset].includes(0xffffffff))
      throw damagedFormat();
    members.push(member);
    if (members.length >= most.members) throw damagedFormat();
  }
  if (members.length === 0) throw damagedFormat();
  return members;
}

/** Writes a member, and answers its header in the directory. */
async function addMember(packing: Packing, member: Member): Promise<Buffer> {
  const { source, draft } = packing;
  const local = await localEntry(source, member);
  if (!local || local.start + member.packedSize > source.size) throw damagedFormat();
  const whole = { from: local.start, to: local.start + member.packedSize };
  const stored = (await cleanedMember(packing, member, local.start)) ?? { ...member, pieces: [whole] };
  const offset = packing.place;
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(member.flags & unicodeFlag, 2);
  facts.writeUInt16LE(stored.method, 4);
  facts.writeUInt16LE(earliestDate, 8);
  facts.writeUInt32LE(stored.crc, 10);
  facts.writeUInt32LE(stored.packedSize, 14);
  facts.writeUInt32LE(stored.size, 18);
  facts.writeUInt16LE(member.rawName.length, 22);
  await add(packing, Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, member.rawName]));
  for (const piece of stored.pieces) {
    if ('bytes' in piece) draft.write(piece.bytes);
    else if ('to' in piece) draft.keep(piece.from, piece.to);
    else draft.blank(piece.zeros);
  }
  packing.place += stored.packedSize;
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), facts, rest, member.rawName]);
}

/** Writes bytes, or keeps them where the file has the same ones in that place. */
async function add(packing: Packing, bytes: Buffer): Promise<void> {
  const { source, draft, place } = packing;
  const there = await source.read(place, place + bytes.length);
  if (there.equals(bytes)) draft.keep(place, place + bytes.length);
  else draft.write(bytes);
  packing.place += bytes.length;
}

async function finishArchive(packing: Packing, central: readonly Buffer[], before: Buffer): Promise<void> {
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(packing.place, 16);
  const after = Buffer.concat([directory, end]);
  if (!before.equals(after)) packing.draft.drop('ZIP times, comments and extra fields');
  await add(packing, after);
}

/** The new bytes of a member; undefined if it stays as it is. Throws `MetadataStays` if nothing is known about its format. */
async function cleanedMember(packing: Packing, member: Member, start: number): Promise<NewMember | undefined> {
  const { kind, draft, cleanMember } = packing;
  if (member.name.endsWith('/') || member.size === 0) return undefined;
  if (isEdited(kind, member.name)) {
    const bytes = await unpack(packing, member, start);
    const text = bytes.toString('latin1');
    // Such a part would have to be read in another encoding, or is encrypted.
    if (/^(?:\xfe\xff|\xff\xfe)|^<\?xml[^>]*encoding="utf-16|encryption-data/i.test(text)) throw damagedFormat();
    const edited = editPart(kind, member.name, text, (field) => draft.drop(`ZIP ${field}`));
    return edited === text ? undefined : textMember(Buffer.from(edited, 'latin1'));
  }
  if (isPlainPart(kind, member.name)) return undefined;
  const format = cleanedFormat(typeOf(extensionOf(member.name)) ?? otherType, await headOf(packing, member, start));
  if (format === undefined) throw new MetadataStays('no-cleaner');
  if (format === 'plain') return undefined;
  const isStored = member.method === 0 && member.size === member.packedSize;
  const source = isStored
    ? sliceOf(packing.source, start, member.size)
    : sourceOfBuffer(await unpack(packing, member, start));
  const { pieces, removed } = await cleanMember(source, format);
  draft.drop(...removed);
  if (removed.length === 0) return undefined;
  return isStored ? storedMember(source, pieces, start) : mediaMember(source, pieces);
}

function textMember(text: Buffer): NewMember {
  const bytes = deflateRawSync(text);
  return { pieces: [{ bytes }], method: 8, crc: crc32(text), packedSize: bytes.length, size: text.length };
}

/** Pictures and sounds are packed already, so that they are stored from now on. */
async function mediaMember(source: ByteSource, pieces: readonly Piece[]): Promise<NewMember> {
  const bytes: Buffer[] = [];
  for await (const part of bytesOf(source, pieces)) bytes.push(part);
  const all = Buffer.concat(bytes);
  return { pieces: [{ bytes: all }], method: 0, crc: crc32(all), packedSize: all.length, size: all.length };
}

/** A member that was stored stays where it is in the archive: it may be larger than the memory. */
async function storedMember(source: ByteSource, pieces: readonly Piece[], start: number): Promise<NewMember> {
  let [crc, size] = [0, 0];
  for await (const part of bytesOf(source, pieces)) {
    crc = crc32(part, crc);
    size += part.length;
  }
  const moved = pieces.map((piece) => ('to' in piece ? { from: start + piece.from, to: start + piece.to } : piece));
  return { pieces: moved, method: 0, crc, packedSize: size, size };
}

const chunkSize = 256 * 1024;

async function* bytesOf(source: ByteSource, pieces: readonly Piece[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if ('bytes' in piece) yield Buffer.from(piece.bytes);
    else if ('zeros' in piece)
      for (let left = piece.zeros; left > 0; left -= chunkSize) yield Buffer.alloc(Math.min(left, chunkSize));
    else
      for (let at = piece.from; at < piece.to; at += chunkSize)
        yield source.read(at, Math.min(piece.to, at + chunkSize));
  }
}

async function headOf({ source }: Packing, { method, packedSize }: Member, start: number): Promise<Buffer> {
  const packed = await source.read(start, start + Math.min(packedSize, 2 * headSize));
  if (method === 0) return packed.subarray(0, headSize);
  const head = method === 8 ? inflate(packed, 1100 * 1024, 'beginning') : undefined;
  if (!head) throw damagedFormat();
  return head.subarray(0, headSize);
}

async function unpack(packing: Packing, { method, size, packedSize }: Member, start: number): Promise<Buffer> {
  packing.unpacked += size;
  if (Math.max(size, packedSize) > most.member || packing.unpacked > most.unpacked) throw damagedFormat();
  const packed = await packing.source.read(start, start + packedSize);
  const bytes = method === 0 ? Buffer.from(packed) : method === 8 ? inflate(packed, size, 'whole') : undefined;
  if (bytes?.length !== size) throw damagedFormat();
  return bytes;
}
