/** Archives that tests build byte by byte, honest ones and hostile ones. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly bytes?: string | Uint8Array;
  /** 8 by default. */
  readonly method?: 0 | 8;
  readonly isEncrypted?: boolean;
  /** A size that is not that of the bytes. */
  readonly declaredSize?: number;
  /** Another name in the local header. */
  readonly localName?: string;
  /** Another name in the extra field 0x7075. */
  readonly unicodeName?: string;
}

interface PackedMember {
  readonly member: ZipMember;
  readonly packed: Buffer;
  readonly size: number;
  readonly crc: number;
}

function pack(member: ZipMember): PackedMember {
  const bytes = Buffer.from(member.bytes ?? '');
  const packed = member.method === 0 ? bytes : deflateRawSync(bytes);
  return { member, packed, size: member.declaredSize ?? bytes.length, crc: crc32(bytes) };
}

/** The fields that local and central headers share: from the flags to the sizes. */
function sharedFields({ member, packed, size, crc }: PackedMember): Buffer {
  const fields = Buffer.alloc(20);
  fields.writeUInt16LE(member.isEncrypted ? 1 : 0, 0);
  fields.writeUInt16LE(member.method ?? 8, 2);
  fields.writeUInt32LE(crc, 8);
  fields.writeUInt32LE(packed.length, 12);
  fields.writeUInt32LE(size, 16);
  return fields;
}

const uint16 = (...numbers: number[]) => {
  const bytes = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) bytes.writeUInt16LE(number, index * 2);
  return bytes;
};

function localHeader(packed: PackedMember): Buffer {
  const name = Buffer.from(packed.member.localName ?? packed.member.name);
  return Buffer.concat([Buffer.from('PK\x03\x04\x14\0', 'latin1'), sharedFields(packed), uint16(name.length, 0), name]);
}

function centralHeader(packed: PackedMember, offset: number): Buffer {
  const name = Buffer.from(packed.member.name);
  const { unicodeName } = packed.member;
  const field = unicodeName === undefined ? Buffer.alloc(0) : Buffer.from(`\x01\0\0\0\0${unicodeName}`);
  const extra = field.length === 0 ? field : Buffer.concat([uint16(0x7075, field.length), field]);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(offset, 10);
  const lengths = uint16(name.length, extra.length);
  const start = Buffer.from('PK\x01\x02\x14\0\x14\0', 'latin1');
  return Buffer.concat([start, sharedFields(packed), lengths, place, name, extra]);
}

/** The record at the end of a ZIP. */
export function endRecord(entries: number, directorySize: number, directoryStart: number, comment = ''): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries & 0xffff, 8);
  end.writeUInt16LE(entries & 0xffff, 10);
  end.writeUInt32LE(directorySize, 12);
  end.writeUInt32LE(directoryStart, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, Buffer.from(comment, 'latin1')]);
}

export function zipArchive(members: readonly ZipMember[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const packed = pack(member);
    directory.push(centralHeader(packed, offset));
    parts.push(localHeader(packed), packed.packed);
    offset += (parts.at(-2) as Buffer).length + packed.packed.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(members.length, central.length, offset, comment)]);
}

/** Many entries that share one kernel of packed bytes (Fifield, full overlap): small, and huge when unpacked. */
export function overlappingZip(count: number, size: number): Buffer {
  const kernel = pack({ name: 'kernel', bytes: Buffer.alloc(size) });
  const start = Buffer.concat([localHeader(kernel), kernel.packed]);
  const directory = Buffer.concat(
    Array.from({ length: count }, (_, index) => centralHeader({ ...kernel, member: { name: `${index}.txt` } }, 0)),
  );
  return Buffer.concat([start, directory, endRecord(count, directory.length, start.length)]);
}

export interface TarMember {
  readonly name: string;
  readonly bytes?: string | Uint8Array;
  /** `0` a file by default, `5` a folder, `L` a long name, `x` attributes. */
  readonly type?: string;
}

export function tarArchive(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.map(tarMember), Buffer.alloc(1024)]);
}

function tarMember({ name, bytes: content = '', type = '0' }: TarMember): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A compound file in sectors of 512 bytes. Its root holds these storages and streams, the first with `content`. */
export function compoundFile(names: readonly string[], content = Buffer.alloc(0)): Buffer {
  const entries = ['Root Entry', ...names].map((name, index) => {
    const entry = Buffer.alloc(128);
    entry.write(name, 'utf16le');
    entry.writeUInt16LE(2 * name.length + 2, 64);
    entry.writeUInt8(index === 0 ? 5 : 1, 66);
    entry.writeUInt32LE(content.length > 0 && index === 1 ? 1 + Math.ceil((names.length + 1) / 4) : 0xfffffffe, 116);
    return entry;
  });
  const sectors = Math.ceil(entries.length / 4);
  const all = sectors + Math.ceil(content.length / 512);
  const header = Buffer.alloc(512, 0xff);
  header.fill(0, 0, 76);
  header.write('d0cf11e0a1b11ae1', 'hex');
  header.writeUInt16LE(9, 30);
  header.writeUInt32LE(1, 44);
  header.writeUInt32LE(1, 48);
  header.writeUInt32LE(0xfffffffe, 68);
  header.writeUInt32LE(0, 76);
  const table = Buffer.alloc(512, 0xff);
  table.writeUInt32LE(0xfffffffd, 0);
  for (let at = 1; at <= all; at++) table.writeUInt32LE(at === sectors || at === all ? 0xfffffffe : at + 1, at * 4);
  const rest = Buffer.alloc(512 * all);
  Buffer.concat(entries).copy(rest);
  content.copy(rest, 512 * sectors);
  return Buffer.concat([header, table, rest]);
}
