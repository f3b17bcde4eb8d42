/** Pictures that tests build byte by byte, with a planted name in each place where a program may leave one. */
import { crc32 } from 'node:zlib';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

const uint = (size: number, value: number, order: 'big' | 'little') => {
  const bytes = Buffer.alloc(size);
  if (order === 'big') bytes.writeUIntBE(value, 0, size);
  else bytes.writeUIntLE(value, 0, size);
  return bytes;
};

interface Tag {
  readonly tag: number;
  readonly type: 2 | 3 | 4 | 7;
  readonly value: Buffer | number;
}

/** A TIFF structure, little-endian, with one directory after the other; the samples stand behind the header. */
export function tiffBlock(directories: readonly (readonly Tag[])[], samples: Buffer = Buffer.alloc(0)): Buffer {
  const parts: Buffer[] = [latin1('II*\0'), uint(4, 8 + samples.length, 'little'), samples];
  let at = 8 + samples.length;
  for (const [index, tags] of directories.entries()) {
    const size = 6 + tags.length * 12;
    const values: Buffer[] = [];
    let place = at + size;
    const entries = tags.map(({ tag, type, value }) => {
      const isNumber = typeof value === 'number';
      const count = isNumber ? 1 : value.length;
      let field = isNumber ? uint(4, value, 'little') : Buffer.concat([value, Buffer.alloc(4)]).subarray(0, 4);
      if (!isNumber && value.length > 4) {
        field = uint(4, place, 'little');
        values.push(value);
        place += value.length;
      }
      return Buffer.concat([uint(2, tag, 'little'), uint(2, type, 'little'), uint(4, count, 'little'), field]);
    });
    const next = index + 1 < directories.length ? place : 0;
    parts.push(uint(2, tags.length, 'little'), ...entries, uint(4, next, 'little'), ...values);
    at = place;
  }
  return Buffer.concat(parts);
}

/** EXIF with this orientation, and planted texts as model, artist and comment. */
export const exifBlock = (orientation: number, ...texts: readonly string[]): Buffer =>
  tiffBlock([
    [{ tag: 0x0112, type: 3, value: orientation }],
    texts.map((text, index) => ({ tag: [0x0110, 0x013b, 0x9286][index % 3] as number, type: 2, value: latin1(text) })),
  ]);

export const jpegSegment = (code: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, code]), uint(2, content.length + 2, 'big'), content]);

/** The parts that a JPEG needs: tables, a frame, and a scan with stuffed bytes and a restart marker. */
export const jpegPicture = {
  start: Buffer.from([0xff, 0xd8]),
  jfif: jpegSegment(0xe0, latin1('JFIF\0\x01\x02\0\0\x01\0\x01\0\0')),
  colour: jpegSegment(0xe2, latin1('ICC_PROFILE\0\x01\x01profile')),
  adobe: jpegSegment(0xee, latin1('Adobe\0\x64\0\0\0\0\x01')),
  coded: Buffer.concat([
    jpegSegment(0xdb, Buffer.alloc(65, 3)),
    jpegSegment(0xc0, latin1('\x08\0\x10\0\x10\x01\x01\x11\0')),
    jpegSegment(0xda, latin1('\x01\x01\0\0\x3f\0')),
    Buffer.from([1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xff, 0, 5]),
  ]),
  end: Buffer.from([0xff, 0xd9]),
};

export function pngChunk(type: string, content: Buffer | string): Buffer {
  const body = Buffer.concat([latin1(type), Buffer.from(content)]);
  return Buffer.concat([uint(4, body.length - 4, 'big'), body, uint(4, crc32(body), 'big')]);
}

export const pngSignature: Buffer = latin1('\x89PNG\r\n\x1a\n');

export const riffChunk = (type: string, content: Buffer): Buffer =>
  Buffer.concat([latin1(type), uint(4, content.length, 'little'), content, Buffer.alloc(content.length % 2)]);

export function webp(...chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([latin1('WEBP'), ...chunks]);
  return Buffer.concat([latin1('RIFF'), uint(4, body.length, 'little'), body]);
}

/** A GIF extension or the coded bytes of a picture, in blocks. */
export const gifBlocks = (start: readonly number[], ...blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from(start),
    ...blocks.flatMap((block) => [Buffer.from([block.length]), block]),
    Buffer.from([0]),
  ]);

export const gifHeader: Buffer = latin1('GIF89a\x02\0\x02\0\x80\0\0\x01\x02\x03\x04\x05\x06');
export const gifPicture: Buffer = gifBlocks([0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2], Buffer.from([0x44, 0x01]));
