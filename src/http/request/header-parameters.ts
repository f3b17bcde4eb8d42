/** The value of a header, and its parameters by lower-case name. */
interface HeaderParameters {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `; name=token`, `; name="quoted string"`, or `; name*=charset'language'percent-encoded`. */
const parameter = /;\s*([^=;\s*]+)(\*?)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/g;

/** Of parameters of one name the highest rank counts, in any order (RFC 6266, section 4.3). */
const ranks = { unreadable: 0, plain: 1, extended: 2 } as const;

interface DecodedValue {
  readonly value: string;
  readonly rank: keyof typeof ranks;
}

/**
 * Parses a header such as `form-data; name="file"; filename="a.txt"` (RFC 9110, section 5.6.6; RFC 8187 for `name*`) from
 * latin1, and decodes values. A backslash escapes only quotes and itself, since browsers send Windows paths unescaped.
 * `undoEscapes` undoes further escapes of a plain value.
 */
export function parseHeader(text: string, undoEscapes = (value: string): string => value): HeaderParameters {
  const parameters = new Map<string, string>();
  const rankOf = new Map<string, number>();
  for (const [, word = '', star, quoted, bare = ''] of text.matchAll(parameter)) {
    const name = word.toLowerCase();
    const raw = quoted?.replace(/\\(["\\])/g, '$1') ?? bare.trim();
    const { value, rank } = star ? decodeExtended(raw) : decodePlain(undoEscapes(raw));
    if (ranks[rank] < (rankOf.get(name) ?? 0)) continue;
    rankOf.set(name, ranks[rank]);
    parameters.set(name, value);
  }
  return { value: headerValue(text), parameters };
}

/** The value of a header without its parameters. */
export function headerValue(text: string): string {
  const end = text.indexOf(';');
  return decodeBytes((end < 0 ? text : text.slice(0, end)).trim());
}

const ascii = /^[ -~]*$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const windows1252 = new TextDecoder('windows-1252');

/** Decodes bytes as UTF-8 if they are, else as Windows-1252. */
function decodeBytes(latin1: string): string {
  if (ascii.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    // In Shift-JIS, Big5 and GBK a letter may end with the byte of a backslash, which would cut the name as a path.
    return windows1252.decode(bytes).replace(/(?<=[^ -~])\\/g, '_');
  }
}

const decodePlain = (latin1: string): DecodedValue => ({
  value: decodeWords(decodeBytes(latin1)),
  rank: 'plain',
});

const encodedWord = /=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?]*)\?=/gi;

/** Decodes the words of RFC 2047 that mail programs write in place of letters: `=?UTF-8?Q?f=C3=BCr?=`. */
function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  // Blanks between two such words belong to neither (section 6.2).
  const joined = text.replace(/(\?=)\s+(?==\?)/g, '$1');
  return joined.replace(encodedWord, (word, charset: string, encoding: string, content: string) => {
    const isBase64 = encoding.toLowerCase() === 'b';
    const bytes = isBase64 ? Buffer.from(content, 'base64') : decodeHex(content.replaceAll('_', ' '), '=');
    return decodeAs(charset, bytes) ?? word;
  });
}

/** Decodes `charset'language'value`; an unknown charset is read as UTF-8, and a value without one as it is. */
function decodeExtended(text: string): DecodedValue {
  const [, charset, value] = /^([^']*)'[^']*'(.*)$/.exec(text) ?? [];
  if (charset === undefined || value === undefined) return { value: decodeBytes(text), rank: 'unreadable' };
  const bytes = decodeHex(value, '%');
  const decoded = decodeAs(charset, bytes) ?? bytes.toString('utf8');
  return { value: decoded, rank: decoded.includes('\ufffd') ? 'unreadable' : 'extended' };
}

/** Decodes pairs of hex digits behind `mark`; other characters are bytes. */
function decodeHex(text: string, mark: '%' | '='): Buffer {
  const pairs = new RegExp(`${mark}([\\da-f]{2})`, 'gi');
  const latin1 = text.replace(pairs, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}

/** Undefined for an unknown charset. */
function decodeAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}
