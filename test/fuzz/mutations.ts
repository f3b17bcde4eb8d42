/** Small random changes to the bytes of a request, made without knowledge of HTTP. */
import fc from 'fast-check';

/** Tokens that matter to parsers. */
const dictionary = [
  ...['\r\n', '\n', '\r', '\0', '\r\n\r\n', '--', '"', '\\', ';', ':', ',', '=', '%', '\t', ' '],
  ...['\xff', '\x80', '\xc3', '0', '-1', '4294967296', '9'.repeat(20), '%00', '%2e%2e/', '\u00a0'],
  ...['Transfer-Encoding: chunked\r\n', 'Content-Length: 0\r\n', 'Expect: 100-continue\r\n'],
  ...['boundary=', 'filename=', "filename*=UTF-8''", 'name="file"', 'HTTP/1.0', 'HTTP/2.0'],
  ...['Connection: close\r\n', 'Connection: upgrade\r\nUpgrade: h2c\r\n', '0\r\n\r\n', '{ticket}'],
];

type Change = (text: string, at: number, size: number, other: string) => string;

const changes: readonly Change[] = [
  (text, at, size) =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (size % 8))) + text.slice(at + 1),
  (text, at, size) => text.slice(0, at) + String.fromCharCode(size & 255) + text.slice(at + 1),
  (text, at, size) => text.slice(0, at) + text.slice(at + size),
  (text, at, size) => text.slice(0, at + size) + text.slice(at),
  (text, at, size) => text.slice(0, at) + dictionary[size % dictionary.length] + text.slice(at + (size % 3)),
  (text, at) => text.slice(0, at),
  (text, at, size, other) => text.slice(0, at) + other.slice(size % (other.length + 1)),
  (text, at, size) => text.slice(0, at) + text.slice(at, at + 1 + (size % 8)).repeat(size * 4) + text.slice(at),
];

interface Step {
  readonly change: Change;
  /** The place as a share of the whole, often near the start. */
  readonly at: number;
  readonly size: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  change: fc.constantFrom(...changes),
  at: fc.oneof(fc.nat(9999), fc.nat(2000)),
  size: fc.oneof(fc.nat(20), fc.nat(1000)),
});

/** One of the texts with a few changes. */
export function mutatedTexts(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .record({ text: texts, other: texts, steps: fc.array(step, { minLength: 1, maxLength: 4 }) })
    .map(({ text, other, steps }) =>
      steps.reduce(
        (changed, { change, at, size }) => change(changed, Math.floor((at / 10_000) * changed.length), size, other),
        text,
      ),
    );
}
