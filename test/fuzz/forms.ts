/** Generators of forms: valid ones with a known file, and broken ones. All text is Latin-1. */
import fc from 'fast-check';

export interface Form {
  readonly boundary: string;
  readonly body: string;
  /** The bytes of the file, if the form is valid. */
  readonly file?: string;
}

/** RFC 2046, section 5.1.1; a boundary may contain a space. */
const boundaries = fc.oneof(
  fc.constantFrom('b', '----WebKitFormBoundaryAbc', "a'b(c)d+e_f,g-h.i/j:k=l?m", '-', 'x y', '0'),
  fc.string({ unit: fc.constantFrom(..."abc-_.'()+,/:=? "), minLength: 1, maxLength: 70 }),
);

/** Near misses of a boundary, again and again: the hard case for a streaming search. */
const nearBoundary = (boundary: string) =>
  fc.constantFrom(
    ...['\r\n', '\r', '\n', '--', '-', '\r\n-', '\r\n--', 'x', 'yy yy ', 'z'.repeat(700)],
    ...[`--${boundary}`, `\r\n--${boundary.slice(0, -1)}`, `\n--${boundary}`, boundary],
  );

const content = (boundary: string, maxLength: number) =>
  fc
    .array(nearBoundary(boundary), { minLength: 1, maxLength })
    // The first letter makes it a text and not a script.
    .map((pieces) => `a${pieces.join('')}`)
    .filter((text) => !`${text}\r\n--${boundary}`.slice(0, -1).includes(`\r\n--${boundary}`));

const names = fc.constantFrom(
  ...['a.txt', 'b c.txt', 'no extension', '../../etc/passwd.txt', 'C:\\a\\b.txt', 'a;b=c.txt'],
  ...['Gr\xc3\xbc\xc3\x9fe.txt', '\xff\xfe.txt', '%22.txt', "it's.txt", `${'n'.repeat(500)}.txt`],
  ...['%0D%0A%22.txt', '%22%22%22', '=?UTF-8?Q?f=C3=BCr?= =?x?b?YQ==?=.txt', '\x83\x5c\x83\x5c.txt'],
  ...['1000012345', 'a.kdbx', 'fruit.bat.jpg', 'a.zzz', '=?=?=?.txt'],
);

const field = fc.constantFrom(
  'Content-Disposition: form-data; name="note"\r\n\r\nhello',
  'content-disposition:form-data; name=note\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n',
  'Content-Disposition: form-data; name="x"\r\nX-Odd: y\r\n folded\r\n\r\n\r\n',
);

/** A form that the service must accept, whatever surrounds its file. */
export const validForms: fc.Arbitrary<Form & { readonly file: string }> = boundaries
  .map((boundary) => boundary.trim() || 'b')
  .chain((boundary) =>
    fc
      .record({
        file: content(boundary, 60),
        name: names,
        before: fc.array(field, { maxLength: 2 }),
        after: fc.array(field, { maxLength: 2 }),
        preamble: fc.constantFrom('', '\r\n', 'This is a form.\r\n', '\r\n\r\n'),
        epilogue: fc.constantFrom('', '\r\n', '\r\nThat was it.', '\r\n\r\n--other--\r\n'),
        type: fc.constantFrom('', 'Content-Type: text/plain\r\n', 'content-type:x/y;a="b"\r\n'),
      })
      .map(({ file, name, before, after, preamble, epilogue, type }) => {
        const top = `Content-Disposition: form-data; name="file"; filename="${name}"\r\n${type}\r\n`;
        const parts = [...before, top + file, ...after].map((part) => `--${boundary}\r\n${part}`);
        return {
          boundary,
          file,
          body: `${preamble}${parts.join('\r\n')}\r\n--${boundary}--${epilogue}`,
        };
      }),
  );

type Fault = (form: Form, at: number) => string;

const cutAt = (text: string, at: number) => at % (text.length + 1);
/** Larger than the head read for inspection: the bytes are on their way to the vault when the form breaks. */
const swollen = (body: string, size: number) => body.replace('\r\n\r\na', () => `\r\n\r\na${'y'.repeat(size)}`);

const faults: readonly Fault[] = [
  ({ body }, at) => swollen(body, 120_000).slice(0, 70_000 + (at % 40_000)),
  ({ body }) => swollen(body, 150_000),
  ({ body }) => `${swollen(body, 80_000)}${body}`,
  ({ body }, at) => body.slice(0, cutAt(body, at)),
  ({ body }) => body.replaceAll('\r\n', '\n'),
  ({ body }) => body.replaceAll('\r\n', '\r'),
  ({ body, boundary }) => body.replace(`\r\n--${boundary}--`, ''),
  ({ body, boundary }) => body.replace(`\r\n--${boundary}--`, `\r\n--${boundary}`),
  ({ body, boundary }) => body.replace(`\r\n--${boundary}--`, `\r\n--${boundary}-`),
  ({ body, boundary }) => body.replaceAll(`--${boundary}`, `--${boundary} \t`),
  ({ body, boundary }) => body.replace(`--${boundary}--`, `--${boundary}\r\n--${boundary}--`),
  ({ body }) => body.replace('name="file"', 'name="file'),
  ({ body }) => body.replace('name="file"; ', ''),
  ({ body }) => body.replace('form-data', 'attachment'),
  ({ body }) => body.replace('Content-Disposition', 'X-Disposition'),
  ({ body }) => body.replace('filename=', "filename*=UTF-8''%ff%zz; filename="),
  ({ body }) => body.replace('filename="', 'filename="\\"\\'),
  ({ body }, at) => body.replace('\r\n', `\r\nX-Huge: ${'y'.repeat(at % 100_000)}\r\n`),
  ({ body }, at) => body.replace('\r\n', `\r\n${'X-Many: y\r\n'.repeat(at % 300)}`),
  ({ body }) => body.replace('\r\n', '\r\n: nameless\r\nno colon\r\n'),
  ({ body }) => body.replace('\r\n', '\r\nContent-Disposition: form-data; name="file"; filename="z.txt"\r\n'),
  ({ body, boundary }) => `${body.slice(0, body.lastIndexOf(`--${boundary}--`))}${body}`,
  ({ body, boundary }) =>
    body.replace(
      '\r\n\r\n',
      `\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\nx\r\n--inner--\r\n--${boundary}\r\n\r\n`,
    ),
  ({ body }, at) => body.slice(0, cutAt(body, at)) + '\0'.repeat(at % 50) + body.slice(at),
  ({ body, boundary }) => body.replaceAll(boundary, `${boundary}x`),
  () => '',
];

/** A form with a fault, which the service may accept or refuse. */
export const brokenForms: fc.Arbitrary<Form> = fc
  .record({ form: validForms, fault: fc.constantFrom(...faults), at: fc.nat(200_000) })
  .map(({ form, fault, at }) => ({ boundary: form.boundary, body: fault(form, at) }));
