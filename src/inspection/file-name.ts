/** How many bytes of UTF-8 a name may have: every file system in use takes 255, and " (1)" and the like must still fit. */
export const maxNameLength = 200;

/** Longer than any sane name; what lies before it is path or noise, and the work below stays bounded. */
const longestRawName = 4096;
const fallbackName = 'file';

/** Of ASCII, what is seen: nothing in it is to be taken away or composed. */
const printable = /^[ -~]*$/;
const neverShown = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\uFFF9-\uFFFB]/gu;
/** Bidi controls, joiners, selectors, tags, fillers, BOM. */
const ignorable = /^\p{Default_Ignorable_Code_Point}$/u;
const emojiBase =
  /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]|\uFE0F)$/u;
const joiningScript =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]$/u;
const variedBySelector = /^[\p{Script=Han}\p{Script=Mongolian}]$/u;
const keycapBase = /^[0-9#*]$/;
const joiner = /^[\u200C\u200D]$/;
const selector = /^[\uFE00-\uFE0F\u180B-\u180D\u180F\u{E0100}-\u{E01EF}]$/u;
const tag = /^[\u{E0020}-\u{E007F}]$/u;

/**
 * Whether an unseen character does visible work between its neighbours (an emoji sequence, a Persian or Sinhala word).
 * Anywhere else it only makes two different names look alike.
 */
function earnsItsPlace(unseen: string, before: string, after: string): boolean {
  if (joiner.test(unseen)) {
    const joinsEmoji = emojiBase.test(before) && /^\p{Extended_Pictographic}$/u.test(after);
    return joiningScript.test(before) || (unseen === '\u200D' && joinsEmoji);
  }
  if (selector.test(unseen)) {
    if (keycapBase.test(before)) return unseen === '\uFE0F' && after === '\u20E3';
    return variedBySelector.test(before) || /^\p{Extended_Pictographic}$/u.test(before);
  }
  return tag.test(unseen) && (before === '\u{1F3F4}' || tag.test(before));
}

function withoutUnseen(text: string): string {
  const characters = Array.from(text.replace(neverShown, ''));
  let kept = '';
  let before = '';
  for (const [at, character] of characters.entries()) {
    const after = characters[at + 1] ?? '';
    if (ignorable.test(character) && !earnsItsPlace(character, before, after)) continue;
    kept += character;
    before = character;
  }
  return kept;
}

/** `report.pdf` of `C:\fake\report.pdf`, `report.pdf` of `report.pdf/..`. */
const lastPathPart = (path: string): string =>
  path
    .split(/[/\\]/)
    .filter((part) => /[^\s.]/.test(part))
    .at(-1) ?? '';

/** NTFS takes `a.exe::$DATA` for `a.exe`. */
const streamSuffix = /:[^:]*:\$[a-z_]+$/i;
/** Illegal in a Windows file name: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const illegal = /[<>:"|?*]/g;
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu;

/** Windows drops trailing dots and spaces silently, so `a.exe.` would become a program on arrival. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[\s.]/u.test(name.charAt(end - 1))) end--;
  return name.slice(0, end);
}

const withoutEdges = (name: string): string => withoutTail(name.replace(/^[\s.]+/u, ''));

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const bytesOf = (text: string): number => Buffer.byteLength(text);

function takeWhileFits(pieces: Iterable<string>, bytes: number): string {
  let taken = '';
  let left = bytes;
  for (const piece of pieces) {
    left -= bytesOf(piece);
    if (left < 0) break;
    taken += piece;
  }
  return taken;
}

function shorten(name: string): string {
  if (bytesOf(name) <= maxNameLength) return name;
  const ending = /(?:\.tar)?\.[^.\s]{1,16}$/iu.exec(name)?.[0] ?? '';
  const room = maxNameLength - bytesOf(ending);
  // One code unit more than there are bytes: whatever the cut here splits does not fit anyway.
  const stem = name.slice(0, name.length - ending.length).slice(0, room + 1);
  const whole = graphemes
    .segment(stem)
    [Symbol.iterator]()
    .map(({ segment }) => segment);
  // A letter under a hundred accents is one grapheme that may fill the room alone.
  const cut = takeWhileFits(whole, room) || takeWhileFits(stem, room);
  return withoutTail(withoutTail(cut) + ending);
}

/**
 * Makes a name out of whatever a client called its file: data, never a path (R27).
 * Takes away path parts, control and bidi characters, BOM, lone surrogates, unseen characters that only fool, dots and
 * spaces at either end; replaces what Windows forbids by `_`; puts `_` before its device names; composes to NFC
 * (Unicode Standard Annex 15). Ordinary Unicode stays as it is. Never throws.
 * @returns a name of 1 to `longestName` bytes of UTF-8, cut between graphemes and before the extension; `file` when
 * nothing is left. Cleaning it again changes nothing.
 */
export function cleanName(raw: string): string {
  const end = raw.slice(-longestRawName);
  const seen = printable.test(end) ? end : withoutUnseen(end).normalize('NFC');
  const legal = lastPathPart(seen).replace(streamSuffix, '').replace(illegal, '_');
  const name = withoutEdges(legal);
  return shorten(device.test(name) ? `_${name}` : name) || fallbackName;
}

/** What follows the last dot of a cleaned name, in lower case and without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}
