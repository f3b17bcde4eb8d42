import type { FileHead } from '../file-head.ts';
import { type FileType, typeOf } from './file-types.ts';

/** The prologue of a document before its root element: declaration, comments, document type. */
const prologue = /^\s*(?:<\?[^>]*>|<!--[\s\S]*?-->|<!DOCTYPE\s[^>[]*(?:\[[^\]]*\]\s*)?>)/i;
const maxPrologueParts = 50;

function rootOf(opening: string): string {
  let rest = opening;
  for (let part = 0; part < maxPrologueParts; part++) {
    const found = prologue.exec(rest);
    if (found === null) break;
    rest = rest.slice(found[0].length);
  }
  return rest.trimStart();
}

const htmlDocument = /^\s*<!doctype\s+html/i;
/** The patterns for HTML of WHATWG MIME Sniffing 7.1. In XML only the first one means HTML. */
const htmlElement =
  /^<(?:html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|meta|form|object|embed)(?=[\s/>])/i;
const htmlRoot = /^<html(?=[\s/>])/i;
const svgRoot = /^<(?:svg:)?svg(?=[\s/>])/;

/** Each with some of its structure, since a text may begin with the signature alone ("%PDF-1.4 is how a PDF begins"). */
const signatures: readonly (readonly [pattern: RegExp, extension: string])[] = [
  [/^%PDF-\d\.\d\s*[\r\n][\s\S]*?\b\d+ \d+ obj\b/, 'pdf'],
  [/^\{\\rtf\d?\s*[\\{]/, 'rtf'],
  [/^%!PS-Adobe-\d\.\d EPSF-\d\.\d\s*[\r\n]/, 'eps'],
  [/^%!PS(?:-Adobe-\d\.\d)?[^\S\r\n]*(?:[\r\n]|$)/, 'ps'],
];

/**
 * The type of a text file with a signature: PDF, RTF, PostScript, SVG, HTML or XML. Undefined for other text, and for files
 * named as code or Markdown, which may contain HTML and SVG.
 */
export function markupOf({ opening }: FileHead, named: FileType | undefined): FileType | undefined {
  const found = signatures.find(([pattern]) => pattern.test(opening));
  if (found) return typeOf(found[1]);
  const mayHoldMarkup = named?.kind === 'code' || named?.mimeType === 'text/markdown';
  if (mayHoldMarkup && named.extension !== 'xml') return undefined;
  const root = rootOf(opening);
  const isXml = named?.extension === 'xml' || /^\s*<\?xml\s/.test(opening);
  if (svgRoot.test(root)) return typeOf('svg');
  if (htmlDocument.test(opening) || (isXml ? htmlRoot : htmlElement).test(root)) return typeOf('html');
  return isXml && named === undefined ? typeOf('xml') : undefined;
}
