/** The codes of rooms: 50 bits in Crockford's base 32, which has no letters that sound or look like digits. */
import type { ExchangeContext } from '../ports.ts';
import { hashOf } from '../secrets.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 10;

/** A new code, such as `7KQ2M-X9HTB`. */
export function newRoomCode({ randomBytes }: Pick<ExchangeContext, 'randomBytes'>): string {
  return grouped([...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join(''));
}

const grouped = (code: string) => `${code.slice(0, length / 2)}-${code.slice(length / 2)}`;

/** A code as a person types or says it, in its one spelling; undefined if it cannot be a code. */
export function parseRoomCode(text: string): string | undefined {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const isCode = code.length === length && [...code].every((letter) => alphabet.includes(letter));
  return isCode ? grouped(code) : undefined;
}

/** The hash by which the ledger knows a code. */
export const hashOfCode = (code: string): string => hashOf(`room ${code}`);
