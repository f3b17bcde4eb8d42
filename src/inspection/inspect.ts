import type { FileKind } from '../contract/vocabulary.ts';
import { arrivalName } from './arrival-name.ts';
import { refuseExecutable } from './executables/executables.ts';
import { type FileHead, isText, maxHeadSize, readFileHead } from './file-head.ts';
import { extensionOf, sanitizeFileName } from './file-name.ts';
import { isTextual, mayAlsoBe } from './types/ambiguous-types.ts';
import { type FileType, otherType, typeOf } from './types/file-types.ts';
import { markupOf } from './types/markup.ts';
import { detect } from './types/signatures.ts';

/** Result of an inspection; safe to store and to show as text. */
export interface InspectResult {
  /** Sanitised, 1 to 200 bytes of UTF-8. */
  readonly name: string;
  /** Lower case, without the dot; `unknown` if it is not in the table of types. */
  readonly extension: string;
  readonly mimeType: string;
  readonly kind: FileKind;
}

interface Candidate {
  readonly name: string;
  /** Media type that the client declared; only a hint. */
  readonly declaredType?: string | undefined;
  /** The first `maxHeadSize` bytes, or the whole file. */
  readonly head: Uint8Array;
}

export interface Inspect {
  (candidate: Candidate): Promise<InspectResult>;
  /** How many bytes of a file's head it reads. */
  readonly headSize: number;
  /** The name under which a gift arrives: with an extension, if its type was found and has one. */
  readonly arrivalName: typeof arrivalName;
}

const plainText: FileType = { extension: 'txt', kind: 'text', mimeType: 'text/plain' };

/** Prefers the type by name if the content allows it, since it is more specific. */
const reconcileTypes = (detected: FileType, named: FileType | undefined): FileType =>
  named !== undefined && mayAlsoBe(detected, named) ? named : detected;

async function typeOfText(head: FileHead, named: FileType | undefined): Promise<FileType> {
  const markup = markupOf(head, named);
  if (markup !== undefined) return reconcileTypes(markup, named);
  if (named === undefined) return plainText;
  if (isTextual(named)) return named;
  // A binary format may consist of printable bytes only: name and signature together decide.
  const detected = await detect(head.bytes);
  return detected?.kind === named.kind ? reconcileTypes(detected, named) : plainText;
}

async function typeOfContent(head: FileHead, named: FileType | undefined): Promise<FileType> {
  // Legacy encodings such as Latin-1 and Shift-JIS have no mark, but no other file of some length lacks control bytes.
  if (isText(head, named === undefined || isTextual(named))) return typeOfText(head, named);
  const detected = await detect(head.bytes);
  return detected === undefined ? (named ?? otherType) : reconcileTypes(detected, named);
}

/**
 * Determines the type of a file by content, then by name, and rejects programs only (R27–R29). Unpacks only the type entry of
 * office documents, up to 1 MiB.
 * Throws `Problem` `executable-refused`.
 */
export const inspect: Inspect = Object.assign(inspectCandidate, { headSize: maxHeadSize, arrivalName });

async function inspectCandidate(candidate: Candidate): Promise<InspectResult> {
  const head = readFileHead(candidate.head);
  const name = sanitizeFileName(candidate.name);
  refuseExecutable(name, head);
  const named = typeOf(extensionOf(name));
  const { kind, mimeType } = await typeOfContent(head, named);
  return { name, extension: named?.extension ?? 'unknown', mimeType, kind };
}
