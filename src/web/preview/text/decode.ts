/** Decodes bytes to text. */
import { showControlCharacters } from '../../i18n/control-characters.ts';

/** Greatest number of bytes that a preview shows. */
export const maxTextBytes = 200_000;

/** The beginning of a text, with its invisible characters shown. */
export const readText = async (bytes: Blob): Promise<string> =>
  showControlCharacters(decodeText(new Uint8Array(await bytes.slice(0, maxTextBytes).arrayBuffer())));

/** Decodes by the byte order mark, else as UTF-8 if valid, else as Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  return plain(decodeAs(encodingOf(bytes), bytes));
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

function decodeAs(encoding: string, bytes: Uint8Array): string {
  try {
    // `stream` leaves out a character that is cut at the end.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const plain = (text: string) => text.replaceAll(/\r\n?/g, '\n');
