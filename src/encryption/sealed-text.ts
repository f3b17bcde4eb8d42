/** Short texts under the operator's key, as text: a file's name, a note. */
import { fingerprintOf, type KeyRing, sealPrefix } from './key-ring.ts';

/** No name or note begins with this control character. */
const mark = '\u0001';

/** The place of a sealed text. One of another kind or owner is refused. */
export interface TextContext {
  readonly kind: 'name' | 'note' | 'room';
  /** The key of the gift, the number of the delivery, or the pool of the room. */
  readonly owner: string;
}

const contextOf = ({ kind, owner }: TextContext) => Buffer.from(`${kind}\0${owner}`);

const bytesOf = (text: string) => Buffer.from(text.slice(mark.length), 'base64url');

/** Seals a text under the first key of the ring. */
export const sealText = (ring: KeyRing, text: string, context: TextContext): string =>
  mark + Buffer.from(ring.seal('text', Buffer.from(text), contextOf(context))).toString('base64url');

/** The fingerprint of the key that sealed a text; undefined for plain text. */
export const keyOfText = (text: string): string | undefined =>
  text.startsWith(mark) ? fingerprintOf(bytesOf(text)) : undefined;

/** The characters with which every text begins that this key has sealed. */
export const textPrefix = (fingerprint: string): string =>
  mark + Buffer.from(sealPrefix(fingerprint)).toString('base64url');

/** Opens a text; plain text is answered as it is. Undefined if it was changed, or the ring lacks its key. */
export function openText(ring: KeyRing, text: string, context: TextContext): string | undefined {
  if (!text.startsWith(mark)) return text;
  const opened = ring.open('text', bytesOf(text), contextOf(context));
  return 'bytes' in opened ? Buffer.from(opened.bytes).toString() : undefined;
}
