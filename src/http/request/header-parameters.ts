/** The value of a header, and its parameters by lower-case name. */
interface HeaderParameters {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `; name=token`, `; name="quoted string"`, or `; name*=charset'language'percent-encoded`. */
const parameter = /;\s*([^=;\s*]+)(\*?)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/g;

/**
 * Parses a header such as `form-data; name="file"; filename="a.txt"` (RFC 9110, section 5.6.6; RFC 8187 for `name*`) from
 * latin1, and decodes values as UTF-8. A backslash escapes only quotes and itself, since browsers send Windows paths
 * unescaped.
 */
export function parseHeader(text: string): HeaderParameters {
  const parameters = [...text.matchAll(parameter)].map(([, name = '', star, quoted, bare = '']) => {
    const value = quoted?.replace(/\\(["\\])/g, '$1') ?? bare.trim();
    return [name.toLowerCase(), star ? decodeExtended(value) : decodeUtf8(value)] as const;
  });
  const [value = ''] = text.split(';', 1);
  return { value: decodeUtf8(value.trim()), parameters: new Map(parameters) };
}

const decodeUtf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/** Decodes `charset'language'value`; an unknown charset is read as UTF-8, and a value without one as it is. */
function decodeExtended(text: string): string {
  const [, charset, value] = /^([^']*)'[^']*'(.*)$/.exec(text) ?? [];
  if (charset === undefined || value === undefined) return decodeUtf8(text);
  const bytes = Buffer.from(
    value.replace(/%([\da-f]{2})/gi, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
}
