/** Parsers from a setting's text to its value. A parser throws an Error whose message completes "it must be …". */
import ipaddr from 'ipaddr.js';
import ms, { type StringValue } from 'ms';

export type Parser<T> = (text: string) => T;

/** Address range in the syntax of @fastify/proxy-addr, such as `10.0.0.0/8` or `::1`. */
type Cidr = string;

/** Where clients reach the service. */
interface BaseUrl {
  /** Undefined if it is not set. */
  readonly origin: string | undefined;
  /** Begins with a slash and ends without one; empty at the root. */
  readonly path: string;
}

/** Paths of the service itself. Below one of them, the prefix could not be told from the path of a request. */
const takenPaths = /^\/(?:\.well-known|admin|api|assets|docs|health|icons|metrics|pages|share)(?:\/|$)/;

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

function size(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])i?)?b?$/i.exec(text) ?? [];
  if (amount === undefined) throw new Error('a size such as 50MiB');
  return Math.round(Number(amount) * (units[unit.toLowerCase()] ?? 1));
}

function integer(text: string, min: number, max: number, expected: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new Error(expected);
  return value;
}

/** A key of the operator, under the name that is stored with what it encrypts. */
interface NamedKey {
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** `id:key`. Base64 with or without padding, also in its URL form. */
function namedKey(text: string): NamedKey {
  const [, id, base64] = /^([\w.-]{1,32}):([\w+/-]+)={0,2}$/.exec(text) ?? [];
  const secret = Buffer.from(base64 ?? '', 'base64');
  if (id === undefined || secret.byteLength !== 32)
    throw new Error('a list of id:key pairs, where a key is 32 bytes in base64; "rfx keys new" makes one');
  return { id, secret };
}

export const parse = {
  text: (text: string) => text,
  /** Origin of a server, without a trailing slash; undefined if empty. */
  server: (text: string): string | undefined => {
    if (text === '') return undefined;
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash)
      throw new Error("a server's address such as https://s3.example.org");
    return text.replace(/\/$/, '');
  },
  /** Address of clamd, as TCP or a Unix socket; undefined if empty. */
  clamd: (text: string): { readonly path: string } | { readonly host: string; readonly port: number } | undefined => {
    if (text === '') return undefined;
    const [, path] = /^unix:\/\/(\/.+)$/.exec(text) ?? [];
    if (path !== undefined) return { path };
    const url = /^tcp:\/\/[^/@?#]+$/.test(text) ? URL.parse(text.replace('tcp:', 'http:')) : null;
    if (!url || !/:\d+$/.test(text))
      throw new Error('an address such as tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl');
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
  },
  /** A contact as RFC 9116 wants it (2.5.3); empty if there is none. */
  contact: (text: string): string => {
    if (text !== '' && !/^(?:https:\/\/|mailto:|tel:)[!-~]+$/.test(text))
      throw new Error('an address such as mailto:security@example.org or https://example.org/security');
    return text;
  },
  /** Address of a hook over HTTP; empty if there is none. */
  hook: (text: string): string => {
    const url = URL.parse(text);
    if (text !== '' && !(url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''))
      throw new Error('an address such as https://check.example.org/gifts?token=secret');
    return text;
  },
  /** Address of the service, whose path has no characters that a URL would escape. */
  baseUrl: (text: string): BaseUrl => {
    if (text === '') return { origin: undefined, path: '' };
    const url = URL.parse(text);
    const isAddress = url && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text);
    if (!isAddress || !/^\/(?:[\w.~-]+\/?)*$/.test(url.pathname))
      throw new Error('an address such as https://example.org/exchange/');
    if (takenPaths.test(url.pathname))
      throw new Error('an address whose path begins with no path of the service itself');
    return { origin: url.origin, path: url.pathname.replace(/\/$/, '') };
  },
  /** Address of a mail server with its credentials; empty if there is none. */
  mailServer: (text: string) => {
    const url = URL.parse(text);
    if (text !== '' && !(url && /^smtps?:$/.test(url.protocol) && url.hostname !== ''))
      throw new Error('an address such as smtps://user:password@mail.example.org');
    return text;
  },
  /** Path that begins and ends with a slash. */
  folder: (text: string) => {
    if (!/^\/([\w.-]+\/)+$/.test(text)) throw new Error('a path such as /vault-internal/');
    return text;
  },
  port: (text: string) => integer(text, 0, 65535, 'a port number from 0 to 65535'),
  workers: (text: string) => integer(text, 1, 64, 'a whole number from 1 to 64'),
  count: (text: string) => integer(text, 1, 1e9, 'a whole number of at least 1'),
  /** Bytes. Units are powers of 1024, with or without the i. */
  size,
  /** Bytes, at least one. */
  someSize: (text: string) => {
    const bytes = size(text);
    if (bytes === 0) throw new Error('a size of at least 1 byte');
    return bytes;
  },
  /** Bytes, at most 64 KiB. */
  smallSize: (text: string) => {
    const bytes = size(text);
    if (bytes > 64 * 1024) throw new Error('a size of at most 64KiB');
    return bytes;
  },
  /** Bytes, or Infinity for `off`. */
  sizeOrOff: (text: string) => (text === 'off' ? Number.POSITIVE_INFINITY : size(text)),
  /** Milliseconds. */
  duration: (text: string) => {
    const value = /^\d/.test(text) && /[a-z]$/i.test(text) ? ms(text as StringValue) : undefined;
    if (value === undefined || Number.isNaN(value)) throw new Error('a time such as 90s, 15m or 30d');
    return value;
  },
  /** Milliseconds, at least an hour. */
  longTime: (text: string) => {
    const value = parse.duration(text);
    if (value < 3_600_000) throw new Error('a time of at least 1h');
    return value;
  },
  /** A secret of at least 128 bits in base64, hex or the like; empty if there is none. */
  token: (text: string): string => {
    const isLong = /^[\w.~+/=-]{22,}$/.test(text) && new Set(text).size >= 8;
    if (text !== '' && !isLong)
      throw new Error('at least 22 random letters and digits; "openssl rand -base64 24" makes them');
    return text;
  },
  switch: (text: string) => {
    if (text !== 'on' && text !== 'off') throw new Error('on or off');
    return text === 'on';
  },
  list: (text: string) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  cidrs: (text: string): Cidr[] => {
    const ranges = parse.list(text);
    // ipaddr.js parses "1" as 0.0.0.1; a number of proxies must not pass for an address.
    const isRange = (range: string) => /[.:]/.test(range) && (ipaddr.isValidCIDR(range) || ipaddr.isValid(range));
    if (!ranges.every(isRange)) throw new Error('a list of addresses or CIDR ranges such as 10.0.0.0/8');
    return ranges;
  },
  keys: (text: string): readonly NamedKey[] => {
    const keys = parse.list(text.replaceAll(/\s+/g, ',')).map(namedKey);
    if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('a list in which no id occurs twice');
    const secrets = new Set(keys.map(({ secret }) => Buffer.from(secret).toString('hex')));
    if (secrets.size < keys.length) throw new Error('a list in which no key occurs twice, under whatever id');
    return keys;
  },
  oneOf:
    <const T extends string>(...choices: T[]) =>
    (text: string): T => {
      const choice = choices.find((candidate) => candidate === text);
      if (choice === undefined) throw new Error(`one of ${choices.join(', ')}`);
      return choice;
    },
};
