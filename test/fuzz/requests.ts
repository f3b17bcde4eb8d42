/** Generators of requests, as Latin-1 text. A placeholder such as `{ticket}` stands for a valid secret. */
import fc from 'fast-check';
import { endpoints } from '../../src/contract/api/endpoints.ts';
import { brokenForms, type Form, validForms } from './forms.ts';
import { brokenFraming, type FramedBody, validFraming } from './framing.ts';

/** Placeholders for secrets and other facts, filled in before sending. */
export const placeholders = ['ticket', 'waiting', 'spent', 'giver', 'delivery', 'etag'] as const;
export type Placeholder = (typeof placeholders)[number];

export interface GeneratedRequest {
  readonly text: string;
  /** The bytes of the gift, if the service must accept it. */
  readonly file?: string;
}

const standIns = placeholders.map((word) => `{${word}}`);
/** Bytes of every kind that may occur in a header or a path. */
const noise = fc.string({
  unit: fc.nat(255).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const token = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...standIns) },
  fc.constantFrom(
    ...['t_x', `t_${'a'.repeat(32)}`, `d_${'-'.repeat(32)}`, '', '%00', '..', "t_'or 1=1--"],
    ...['%2e%2e%2f', '%zz', '%', '%c3', '%F0%9F%98%80', 'x'.repeat(99), 'x'.repeat(101), '*', ':'],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'current', 'api'],
  ),
  noise.map((text) => encodeURIComponent(text.toWellFormed())),
);

const query = fc.oneof(
  fc.constantFrom(
    ...['', '', '?', '?name=', '?name=a.txt', '?name=a&name=b', '?name[]=a', '?name.x=1', '?&&=&='],
    ...['?name=%ff%fe.txt', '?name=%E0%A4%A', '?name=%00.txt', '?__proto__=1&name=a.txt'],
    ...['?name=..%2f..%2fa.txt', '?name=a%0d%0ab.txt', '?name=%F0%9F%98%80.txt', '#x', '?a?b#c'],
  ),
  fc.nat(14_000).map((length) => `?name=${'n'.repeat(length)}.txt`),
  fc.nat(1500).map((count) => `?${'a=b&'.repeat(count)}`),
  noise.map((text) => `?name=${encodeURIComponent(text)}`),
);

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...endpoints.map((one) => one.path as string)) },
  fc.constantFrom('/assets/x.js', '/assets/..%2f..%2fpackage.json', '//', '/.', '*', '/icons/x'),
  fc.constantFrom('http://x/api/pool/stats', '/api//upload', '/API/UPLOAD', '/%2e%2e/', '/;a=b'),
);

const target = fc.tuple(path, token, query).map(([where, secret, more]) => where.replace(/:\w+/, () => secret) + more);

const method = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE') },
  fc.constantFrom('PUT', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', 'get', 'PRI', 'X'),
);

const numbers = fc.oneof(
  fc.constantFrom('', '0', '1', '00', '-1', '+1', '1e3', '0x1', ' 2 ', '9'.repeat(20), '1.5'),
  fc.nat(300).map(String),
);
const range = fc.oneof(
  fc.tuple(numbers, numbers).map(([from, to]) => `bytes=${from}-${to}`),
  fc.array(fc.tuple(numbers, numbers), { maxLength: 4 }).map((all) => `bytes=${all.join(',')}`),
  fc.constantFrom('bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'lines=0-1', '=', 'bytes=0-,', '0-1'),
  fc.nat(3000).map((count) => `bytes=${'0-0,'.repeat(count)}0-0`),
);
const disposition = fc.oneof(
  fc.constantFrom(
    ...['attachment; filename=a.txt', 'attachment; filename="a', 'attachment;filename*=', ';;;='],
    ...["attachment; filename*=UTF-8''%e2%82%ac.txt", "attachment; filename*=utf-8'%ff", 'x'],
    ...["attachment; filename*=iso-8859-1''%A3.txt", 'attachment; filename="\\', 'filename=a.txt'],
    ...["attachment; filename*=UTF-8''%ff; filename=a.txt", "a; filename*=UTF-8''%E7%8C%AB; filename=b"],
    ...['attachment; filename="=?UTF-8?B?4pyT?= =?x?q?=zz?="', 'attachment; filename="f\xfcr\x83\x5c.txt"'],
    ...['attachment; __proto__=x; filename=Gr\xc3\xbc\xc3\x9fe.txt', `a; filename="\xff\xfe.txt"`],
  ),
  noise.map((name) => `attachment; filename="${name}.txt"`),
);

/** Header names that the service knows, with values for them. */
const header: fc.Arbitrary<string> = fc
  .oneof(
    fc.tuple(fc.constant('Range'), range),
    fc.tuple(fc.constant('Content-Disposition'), disposition),
    fc.tuple(
      fc.constant('If-Range'),
      fc.constantFrom('{etag}', '"x"', 'W/{etag}', 'Sun, 22 Nov 2026 10:00:00 GMT', ''),
    ),
    fc.tuple(
      fc.constant('Prefer'),
      fc.constantFrom('wait=0', 'wait=1', 'respond-async, wait=1', 'wait=-1', 'wait=x', 'wait="1"'),
    ),
    fc.tuple(
      fc.constant('Accept'),
      fc.constantFrom('application/json', '*/*', 'a/b;q=x', '', ',', 'application/jsonx', '\xff'),
    ),
    fc.tuple(
      fc.constant('Authorization'),
      token.map((ticket) => `Bearer ${ticket}`),
    ),
    fc.tuple(
      fc.constant('Authorization'),
      fc.constantFrom('Bearer', 'bearer  {ticket} ', 'Basic eDp5', '\xff', 'Bearer {ticket} x'),
    ),
    fc.tuple(
      fc.constant('Idempotency-Key'),
      fc.constantFrom('k'.repeat(22), `"${'q'.repeat(30)}"`, 'short', '"', '', 'k'.repeat(129)),
    ),
    fc.tuple(fc.constantFrom('Exchange-Giver', 'Exchange-Ticket'), token),
    fc.tuple(
      fc.constant('Content-Type'),
      fc.constantFrom(
        ...['text/plain', 'application/json', 'application/x-www-form-urlencoded', '', '/', 'x'],
        ...['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data;boundary'],
        ...['multipart/mixed; boundary=b', 'a/b; c="', '\xff/\xff', 'multipart/form-data, a/b'],
        ...['multipart/form-data; boundary="b', 'multipart/form-data; boundary=b; boundary=c'],
        ...["multipart/form-data; boundary*=UTF-8''b", 'multipart/form-dataX; boundary=b'],
      ),
    ),
    fc.tuple(fc.constant('Origin'), fc.constantFrom('null', 'https://x.example', '\xff')),
    fc.tuple(fc.constant('Sec-Fetch-Dest'), fc.constantFrom('document', 'image', 'empty', '', '\xff')),
    fc.tuple(fc.constant('Sec-Fetch-Site'), fc.constantFrom('same-origin', 'cross-site', 'none', '\xff')),
    fc.tuple(fc.constant('Sec-Fetch-Mode'), fc.constantFrom('cors', 'no-cors', 'navigate', '\xff')),
    fc.tuple(fc.constant('Purpose'), fc.constantFrom('prefetch', 'x')),
    fc.tuple(
      fc.constant('Accept-Encoding'),
      fc.constantFrom('gzip', 'br;q=x', 'identity;q=0', '*;q=0', 'zstd, br', ''),
    ),
    fc.tuple(
      fc.constant('If-None-Match'),
      fc.constantFrom('*', '"x"', '\xff', ',,,', 'W/"', `${'"a",'.repeat(500)}"b"`),
    ),
    fc.tuple(fc.constant('If-Modified-Since'), fc.constantFrom('x', 'Sun, 22 Nov 2099 10:00:00')),
    fc.tuple(fc.constant('Expect'), fc.constantFrom('100-continue', '100-Continue', 'x')),
    fc.tuple(fc.constant('Upgrade'), fc.constantFrom('h2c', 'websocket')),
    fc.tuple(fc.constant('X-Forwarded-For'), fc.constantFrom('1.2.3.4', '1.2.3.4:5', '[::1]:5', 'x', ',', '\xff')),
    fc.tuple(fc.constant('X-Noise'), noise),
    fc.tuple(fc.constant('Access-Control-Request-Method'), fc.constantFrom('POST', 'X', '')),
  )
  .map(([name, value]) => `${name}: ${value}`);

const lines = (top: string, headers: readonly string[], { lines: framing, bytes }: FramedBody) =>
  `${[top, 'Host: x', ...headers, ...framing].join('\r\n')}\r\n\r\n${bytes}`;

const formType = (boundary: string) =>
  /^[\w'+.-]+$/.test(boundary) ? `boundary=${boundary}` : `boundary="${boundary}"`;

const giving = fc.constantFrom('/api/upload', '/api/exchange');
const posted = ({ boundary }: Form, path: string, more: readonly string[], framed: FramedBody) =>
  lines(`POST ${path} HTTP/1.1`, [`Content-Type: multipart/form-data; ${formType(boundary)}`, ...more], framed);

/** Requests JSON, so that the answer shows what was stored. */
const asJson = ['Accept: application/json'];

const wholeFormRequests: fc.Arbitrary<GeneratedRequest> = fc.tuple(validForms, giving).chain(([form, path]) =>
  validFraming(form.body).map((framed) => ({
    text: posted(form, path, asJson, framed),
    file: form.file,
  })),
);

const brokenFormRequests: fc.Arbitrary<GeneratedRequest> = fc
  .tuple(brokenForms, giving, fc.array(header, { maxLength: 2 }))
  .chain(([form, path, more]) =>
    fc
      .oneof({ weight: 3, arbitrary: validFraming(form.body) }, brokenFraming(form.body))
      .map((framed) => ({ text: posted(form, path, more, framed) })),
  );

const textFiles = fc
  .array(fc.constantFrom('a', '\r\n', ' ', '--b\r\n', 'hello', 'y'.repeat(5000)), { maxLength: 40 })
  .map((pieces) => `a${pieces.join('')}`);
/** Files of unknown type: their first bytes are no program, and no text. */
const opaqueFiles = fc.array(noise, { maxLength: 40 }).map((pieces) => `\x00\x01\x02\xff${pieces.join('')}`);

const rawRequests: fc.Arbitrary<GeneratedRequest> = fc
  .record({
    file: fc.oneof(textFiles, opaqueFiles),
    name: fc.constantFrom('a.txt', '%F0%9F%98%80.txt', 'a.txt&x=y', 'nothing', 'a.torrent', 'a.zzz', 'Cookie.Jar.png'),
  })
  .chain(({ file, name }) =>
    validFraming(file).map((framed) => ({
      text: lines(`POST /api/exchange?name=${name} HTTP/1.1`, [...asJson, 'Content-Type: text/plain'], framed),
      file,
    })),
  );

const json = fc.oneof(
  fc.constantFrom(
    ...['{"emoji":"\xf0\x9f\x8e\x81"}', '{"reason":"spam"}', '{"reason":"illegal","note":"x"}'],
    ...['', '{', 'null', '[]', '1e999', '"\xff"', '\xef\xbb\xbf{}', '{"__proto__":{"reason":1}}'],
    ...['{"reason":"spam","note":"\\ud800\\u0000"}', '[['.repeat(4000), '{"reason":["spam"]}'],
  ),
  fc.nat(9000).map((length) => `{"reason":"spam","note":"${'n'.repeat(length)}"}`),
  noise,
);

const replies: fc.Arbitrary<GeneratedRequest> = fc
  .tuple(fc.constantFrom('thanks', 'report', 'received'), token, json, fc.boolean())
  .chain(([verb, secret, body, typed]) =>
    validFraming(body).map((framed) => ({
      text: lines(
        `POST /api/deliveries/${secret}/${verb} HTTP/1.1`,
        typed ? ['Content-Type: application/json'] : [],
        framed,
      ),
    })),
  );

const anything: fc.Arbitrary<GeneratedRequest> = fc
  .record({ method, target, headers: fc.array(header, { maxLength: 5 }), body: noise })
  .chain(({ method, target, headers, body }) =>
    fc
      .oneof(
        { weight: 4, arbitrary: fc.constant<FramedBody>({ lines: [], bytes: '' }) },
        { weight: 2, arbitrary: validFraming(body) },
        brokenFraming(body),
      )
      .map((framed) => ({ text: lines(`${method} ${target} HTTP/1.1`, headers, framed) })),
  );

const deliveries: fc.Arbitrary<GeneratedRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD'),
    target: fc.constantFrom('/api/deliveries/{delivery}', '/api/download'),
    headers: fc.array(header, { maxLength: 3 }),
    range,
  })
  .map(({ method, target, headers, range }) => ({
    text: lines(`${method} ${target} HTTP/1.1`, [...headers, 'Authorization: Bearer {ticket}', `Range: ${range}`], {
      lines: [],
      bytes: '',
    }),
  }));

/** One request of any kind. */
export const requests: fc.Arbitrary<GeneratedRequest> = fc.oneof(
  { weight: 4, arbitrary: wholeFormRequests },
  { weight: 4, arbitrary: brokenFormRequests },
  { weight: 2, arbitrary: rawRequests },
  { weight: 2, arbitrary: deliveries },
  { weight: 2, arbitrary: replies },
  { weight: 4, arbitrary: anything },
);
