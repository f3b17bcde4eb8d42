/** Makes characters visible that change how the rest looks. */

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
