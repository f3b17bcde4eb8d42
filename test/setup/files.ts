/** Generated files of every kind: small, valid, and the same in every run. */
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js';
import { packTar } from 'modern-tar';

type Bytes = Uint8Array<ArrayBuffer>;

/** Latin-1 text as bytes. */
export const bytesOf = (text: string): Bytes => Uint8Array.from(Buffer.from(text, 'latin1'));

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([number(data.length), body, number(crc32(body))]);
}

/** A picture of squares in many colours, some half transparent. */
export function png(width: number, height: number, declared = { width, height }): Bytes {
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(1 + width * 4);
    for (let x = 0; x < width; x++)
      row.set([(x * 255) / width, (y * 255) / height, 120, (x >> 5) % 2 ? 255 : 90], 1 + x * 4);
    return row;
  });
  const size = [number(declared.width), number(declared.height)];
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', Buffer.concat([...size, Buffer.from([8, 6, 0, 0, 0])])),
      chunk('IDAT', deflateSync(Buffer.concat(rows))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

/** Two frames of two pixels, repeated for ever. */
export const movingGif = (): Bytes => {
  const frame = (pixels: string) => `!\xf9\x04\0\x32\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02${pixels}\0`;
  const loop = '!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0';
  return bytesOf(`GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\xff${loop}${frame('\x44\x0a')}${frame('\x0c\x0a')};`);
};

/** A tone of one second. */
export function wav(title = ''): Bytes {
  const rate = 8_000;
  const tone = Buffer.from(
    Array.from({ length: rate }, (_, at) => 128 + 60 * Math.sin((at * 2 * Math.PI * 440) / rate)),
  );
  const part = (name: string, data: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(name, 'latin1'), size, data, Buffer.alloc(data.length % 2)]);
  };
  const format = Buffer.from('\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0', 'latin1');
  const list = Buffer.concat([Buffer.from('INFO'), part('INAM', Buffer.from(`${title}\0`))]);
  const inside = [part('fmt ', format), part('LIST', list), part('data', tone)];
  return Uint8Array.from(part('RIFF', Buffer.concat([Buffer.from('WAVE'), ...inside])));
}

/** Additions to a PDF; its objects are numbered after the last page's. */
interface Extras {
  readonly catalogue?: string;
  /** Entries of each page, and drawing operators on it. */
  readonly page?: string;
  readonly drawing?: string;
  readonly objects?: readonly string[];
  readonly trailer?: string;
}

/** A PDF with one page for each text. */
export function pdf(texts: readonly string[], extras: Extras = {}): Bytes {
  const { catalogue = '', page = '', drawing = '', objects = [], trailer = '' } = extras;
  const firstPage = 4;
  const pages = texts.map((_, index) => `${firstPage + index * 2} 0 R`);
  const all = [
    `<</Type/Catalog/Pages 2 0 R${catalogue}>>`,
    `<</Type/Pages/Count ${texts.length}/Kids[${pages.join(' ')}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...texts.flatMap((text, index) => {
      const lines = `BT /F 32 Tf 60 700 Td (${text.replaceAll(/[()\\]/g, '\\$&')}) Tj ET ${drawing}`;
      const here = `/Contents ${firstPage + index * 2 + 1} 0 R/Resources<</Font<</F 3 0 R>>>>`;
      return [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]${here}${page}>>`,
        `<</Length ${lines.length}>>stream\n${lines}\nendstream`,
      ];
    }),
    ...objects,
  ];
  let body = '%PDF-1.7\n';
  const offsets = all.map((object, index) => {
    const at = body.length;
    body += `${index + 1} 0 obj${object}endobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 ${all.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  const end = `trailer<</Root 1 0 R/Size ${all.length + 1}${trailer}>>\nstartxref\n${body.length}\n%%EOF`;
  return bytesOf(body + table + end);
}

type Entries = Readonly<Record<string, string>>;

export async function zip(entries: Entries, password?: string): Promise<Bytes> {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  for (const [name, text] of Object.entries(entries))
    await writer.add(name, new BlobReader(new Blob([text])), password ? { password } : {});
  return new Uint8Array(await (await writer.close()).arrayBuffer());
}

export async function tarGz(entries: Entries): Promise<Bytes> {
  const packed = await packTar(
    Object.entries(entries).map(([name, body]) => ({
      header: { name, size: Buffer.byteLength(body) },
      body,
    })),
  );
  return Uint8Array.from(gzipSync(packed));
}

/** The head of a Windows program, generated so that no virus scanner flags this source. */
export function windowsProgram(): Buffer {
  const program = Buffer.alloc(512);
  program.write('MZ');
  program.writeUInt32LE(0x80, 0x3c);
  program.write('PE\0\0', 0x80, 'latin1');
  return program;
}
