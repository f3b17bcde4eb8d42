/** Bytes as text that can be looked at, with nothing in it that changes how the rest looks. */

/** More than this no preview shows: enough to see what a text is, little enough for every browser. */
export const maxTextBytes = 200_000;

/** Text from its bytes: by its mark (BOM), else UTF-8 where that fits, else Windows-1252, which fits all. */
export function decodeText(bytes: Uint8Array): string {
  return plain(decodeAs(encodingOf(bytes), bytes));
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

function decodeAs(encoding: string, bytes: Uint8Array): string {
  try {
    // As a stream: a letter that the end cuts in two is left out.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const plain = (text: string) => text.replaceAll(/\r\n?/g, '\n');

/**
 * Control characters; those that turn or isolate the direction of what follows, so that code reads otherwise than it
 * runs (CVE-2021-42574); and letters that nobody can see.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is made visible.
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** The same text with every such character as its name in brackets. */
export const showControlCharacters = (text: string): string =>
  text.replaceAll(unseen, (letter) => {
    const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
