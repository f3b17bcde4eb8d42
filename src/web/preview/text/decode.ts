/** Decodes bytes to text, and makes characters visible that change how the rest looks. */

/** Greatest number of bytes that a preview shows. */
export const maxTextBytes = 200_000;

/** Decodes by the byte order mark, else as UTF-8 if valid, else as Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  return plain(decodeAs(encodingOf(bytes), bytes));
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

function decodeAs(encoding: string, bytes: Uint8Array): string {
  try {
    // `stream` leaves out a character that is cut at the end.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const plain = (text: string) => text.replaceAll(/\r\n?/g, '\n');

/**
 * Control characters, invisible characters, and bidirectional controls, which make code read otherwise than it runs
 * (CVE-2021-42574).
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is made visible.
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Replaces each of these characters by its code point in brackets. */
export const showControlCharacters = (text: string): string =>
  text.replaceAll(unseen, (letter) => {
    const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
