/** How many of a file's first bytes are looked at. */
export const headSize = 64 * 1024;

const openingSize = 4096;

/** WHATWG MIME Sniffing 3, "binary data byte": what text never holds. Tab, line ends, form feed and escape are text. */
const isBinaryByte = (code: number): boolean =>
  code < 0x20 && !(code === 9 || code === 10 || code === 12 || code === 13 || code === 27);

function holdsBinary(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (isBinaryByte(text.charCodeAt(at))) return true;
  return false;
}

function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/**
 * Whether a file's first bytes are readable text: UTF-8, or UTF-16 with a byte order mark, without control characters
 * (WHATWG MIME Sniffing 7). A full head may end in the middle of a character.
 * @param anyEncoding takes every one-byte encoding (Latin-1, Windows-1251, …) for text too: for a name that says so
 */
export function isText(head: Uint8Array, anyEncoding: boolean): boolean {
  const cut = head.length >= headSize;
  try {
    const decoder = new TextDecoder(utf16Of(head) ?? 'utf-8', { fatal: true });
    return !holdsBinary(decoder.decode(head, { stream: cut }));
  } catch {
    return anyEncoding && !head.some(isBinaryByte);
  }
}

/** The first 4 KiB as characters, without a byte order mark; for looking at ASCII marks in whatever encoding. */
export function openingOf(head: Uint8Array): string {
  const first = head.subarray(0, openingSize);
  const utf16 = utf16Of(first);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(first);
  const marked = first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf;
  return Buffer.from(first.subarray(marked ? 3 : 0)).toString('latin1');
}
