/** The content of test gifts: its first line names the gift, and all other bytes follow from that. */
import { createCipheriv, createHash } from 'node:crypto';

/** A text of `size` bytes, at least 40. */
export function contentOf(id: string, size: number): Buffer {
  const head = `gift ${id} ${size}\n`;
  const key = createHash('sha256').update(id).digest().subarray(0, 16);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const noise = stream.update(Buffer.alloc(Math.ceil((size * 3) / 4) + 3));
  return Buffer.from(head + noise.toString('base64')).subarray(0, size);
}

/** The name of a gift's file. By their names, gifts are of two kinds. */
export const nameOf = (id: string, kind: 'text' | 'code'): string => `${id}.${kind === 'text' ? 'txt' : 'css'}`;

/** The gift of such a name. */
export const idOfName = (name: string): string => name.replace(/\.(?:txt|css)$/, '');

/** The gift that has exactly this content, or undefined for corrupt or unknown bytes. */
export function giftIdOf(bytes: Buffer): string | undefined {
  const [, id = '', size = ''] = /^gift (\S+) (\d+)\n/.exec(bytes.toString('latin1', 0, 80)) ?? [];
  if (id === '' || Number(size) !== bytes.length) return undefined;
  return bytes.equals(contentOf(id, bytes.length)) ? id : undefined;
}
