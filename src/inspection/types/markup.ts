import type { FileHead } from '../file-head.ts';
import { type FileType, typeOf } from './file-types.ts';

/** What may stand before the root element: declaration, comments, document type. */
const prologue = /^\s*(?:<\?[^>]*>|<!--[\s\S]*?-->|<!DOCTYPE\s[^>[]*(?:\[[^\]]*\]\s*)?>)/i;
const prologueParts = 50;

function rootOf(opening: string): string {
  let rest = opening;
  for (let part = 0; part < prologueParts; part++) {
    const found = prologue.exec(rest);
    if (found === null) break;
    rest = rest.slice(found[0].length);
  }
  return rest.trimStart();
}

const htmlDocument = /^\s*<!doctype\s+html/i;
/** WHATWG MIME Sniffing 7.1, the patterns for HTML. In XML only the first is HTML's own. */
const htmlElement =
  /^<(?:html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|meta|form|object|embed)(?=[\s/>])/i;
const htmlRoot = /^<html(?=[\s/>])/i;
const svgRoot = /^<(?:svg:)?svg(?=[\s/>])/;

const begins: readonly (readonly [pattern: RegExp, extension: string])[] = [
  [/^%PDF-/, 'pdf'],
  [/^\{\\rtf/, 'rtf'],
  [/^%!PS-Adobe-\S+ EPSF-/, 'eps'],
  [/^%!PS/, 'ps'],
];

/**
 * The type of a text file whose text begins with a mark of its own: PDF, RTF, PostScript, SVG, HTML, XML. Undefined
 * for other text, and for code and Markdown by name, in which HTML and SVG are ordinary.
 */
export function markupOf({ opening }: FileHead, named: FileType | undefined): FileType | undefined {
  const found = begins.find(([pattern]) => pattern.test(opening));
  if (found) return typeOf(found[1]);
  const mayHoldMarkup = named?.kind === 'code' || named?.mimeType === 'text/markdown';
  if (mayHoldMarkup && named.extension !== 'xml') return undefined;
  const root = rootOf(opening);
  const isXml = named?.extension === 'xml' || /^\s*<\?xml\s/.test(opening);
  if (svgRoot.test(root)) return typeOf('svg');
  if (htmlDocument.test(opening) || (isXml ? htmlRoot : htmlElement).test(root))
    return typeOf('html');
  return isXml && named === undefined ? typeOf('xml') : undefined;
}
