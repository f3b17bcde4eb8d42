/** What is given in the laboratory: each content says which gift it is, and every other byte follows from that. */
import { createCipheriv, createHash } from 'node:crypto';

/** A text of so many bytes, at least 40. */
export function contentOf(id: string, size: number): Buffer {
  const head = `gift ${id} ${size}\n`;
  const key = createHash('sha256').update(id).digest().subarray(0, 16);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const noise = stream.update(Buffer.alloc(Math.ceil((size * 3) / 4) + 3));
  return Buffer.from(head + noise.toString('base64')).subarray(0, size);
}

/** The gift whose content this is to the last byte, or undefined: then it is corrupt, or nobody's. */
export function giftIdOf(bytes: Buffer): string | undefined {
  const [, id = '', size = ''] = /^gift (\S+) (\d+)\n/.exec(bytes.toString('latin1', 0, 80)) ?? [];
  if (id === '' || Number(size) !== bytes.length) return undefined;
  return bytes.equals(contentOf(id, bytes.length)) ? id : undefined;
}
