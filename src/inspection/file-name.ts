/** Maximum length of a name in bytes of UTF-8. File systems allow 255, and suffixes such as " (1)" must fit. */
export const maxNameLength = 200;

/** Only this many characters at the end are processed, which bounds the work. */
const maxRawLength = 4096;
const fallbackName = 'file';

/** Printable ASCII needs no sanitising and no normalisation. */
const printable = /^[ -~]*$/;
const nonCharacters = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\uFFF9-\uFFFB]/gu;
/** Bidi controls, joiners, variation selectors, tags, fillers and BOM. */
const ignorable = /^\p{Default_Ignorable_Code_Point}$/u;
const emojiBase = /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]|\uFE0F)$/u;
const joiningScript =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]$/u;
const variedBySelector = /^[\p{Script=Han}\p{Script=Mongolian}]$/u;
const keycapBase = /^[0-9#*]$/;
const joiner = /^[\u200C\u200D]$/;
const selector = /^[\uFE00-\uFE0F\u180B-\u180D\u180F\u{E0100}-\u{E01EF}]$/u;
const tag = /^[\u{E0020}-\u{E007F}]$/u;

/**
 * True if an invisible character affects its neighbours, as in an emoji sequence or a Persian or Sinhala word. Elsewhere it
 * only makes different names look alike.
 */
function isMeaningful(invisible: string, before: string, after: string): boolean {
  if (joiner.test(invisible)) {
    const joinsEmoji = emojiBase.test(before) && /^\p{Extended_Pictographic}$/u.test(after);
    return joiningScript.test(before) || (invisible === '\u200D' && joinsEmoji);
  }
  if (selector.test(invisible)) {
    if (keycapBase.test(before)) return invisible === '\uFE0F' && after === '\u20E3';
    return variedBySelector.test(before) || /^\p{Extended_Pictographic}$/u.test(before);
  }
  return tag.test(invisible) && (before === '\u{1F3F4}' || tag.test(before));
}

function removeInvisible(text: string): string {
  const characters = Array.from(text.replace(nonCharacters, ''));
  let result = '';
  let before = '';
  for (const [at, character] of characters.entries()) {
    const after = characters[at + 1] ?? '';
    if (ignorable.test(character) && !isMeaningful(character, before, after)) continue;
    result += character;
    before = character;
  }
  return result;
}

/** `report.pdf` of `C:\fake\report.pdf`, `report.pdf` of `report.pdf/..`. */
const lastPathPart = (path: string): string =>
  path
    .split(/[/\\]/)
    .filter((part) => /[^\s.]/.test(part))
    .at(-1) ?? '';

/** NTFS opens `a.exe` for `a.exe::$DATA`. */
const streamSuffix = /:[^:]*:\$[a-z_]+$/i;
/** Illegal in a Windows file name: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const illegal = /[<>:"|?*]/g;
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu;

/** Removes trailing dots and spaces, as Windows does: `a.exe.` would become a program there. */
function trimTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[\s.]/u.test(name.charAt(end - 1))) end--;
  return name.slice(0, end);
}

const trimEdges = (name: string): string => trimTail(name.replace(/^[\s.]+/u, ''));

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The longest prefix of `segments` with at most `maxBytes` bytes. */
function takeWhileFits(segments: Iterable<string>, maxBytes: number): string {
  let prefix = '';
  let left = maxBytes;
  for (const segment of segments) {
    left -= bytesOf(segment);
    if (left < 0) break;
    prefix += segment;
  }
  return prefix;
}

function shorten(name: string): string {
  if (bytesOf(name) <= maxNameLength) return name;
  const ending = /(?:\.tar)?\.[^.\s]{1,16}$/iu.exec(name)?.[0] ?? '';
  const room = maxNameLength - bytesOf(ending);
  // One code unit more than fits: a character split by this cut does not fit anyway.
  const stem = name.slice(0, name.length - ending.length).slice(0, room + 1);
  const segments = graphemes
    .segment(stem)
    [Symbol.iterator]()
    .map(({ segment }) => segment);
  // A single grapheme, such as a letter with a hundred accents, may exceed the limit.
  const cut = takeWhileFits(segments, room) || takeWhileFits(stem, room);
  return trimTail(trimTail(cut) + ending);
}

/**
 * Sanitises a file name (R27): removes path and invisible characters, escapes names reserved by Windows, normalises to NFC, and
 * shortens to `maxNameLength`. Idempotent; returns `file` if nothing is left.
 */
export function sanitizeFileName(raw: string): string {
  const end = raw.slice(-maxRawLength);
  const visible = printable.test(end) ? end : removeInvisible(end).normalize('NFC');
  const legal = lastPathPart(visible).replace(streamSuffix, '').replace(illegal, '_');
  const name = trimEdges(legal);
  return shorten(device.test(name) ? `_${name}` : name) || fallbackName;
}

/** The extension of a sanitised name, in lower case and without the dot; empty if there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}
