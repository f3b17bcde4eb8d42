import { Problem } from '../contract/problems/problem.ts';
import type { FileKind } from '../contract/vocabulary.ts';
import { refuseExecutable } from './executables/executables.ts';
import { type FileHead, isText, readFileHead } from './file-head.ts';
import { cleanName, extensionOf } from './file-name.ts';
import { isTextual, mayAlsoBe } from './types/ambiguous-types.ts';
import { type FileType, typeOf } from './types/file-types.ts';
import { markupOf } from './types/markup.ts';
import { detect } from './types/signatures.ts';

export { maxHeadSize } from './file-head.ts';

/** What inspection found: all of it safe to store and to show as text. */
export interface InspectResult {
  /** Cleaned; at most 200 bytes of UTF-8; never empty. */
  readonly name: string;
  /** Lower case without the dot, one of a known list; `unknown` for none. */
  readonly extension: string;
  readonly mimeType: string;
  readonly kind: FileKind;
}

export interface Candidate {
  readonly name: string;
  /** What the client said it is; a hint only. */
  readonly declaredType?: string | undefined;
  /** The first bytes, up to `headSize`; the whole file when it is smaller. */
  readonly head: Uint8Array;
}

export type Inspect = (candidate: Candidate) => Promise<InspectResult>;

const plainText: FileType = { extension: 'txt', kind: 'text', mimeType: 'text/plain' };

/** The name's own type where the content allows it, for it says more than the content can. */
const agreed = (shown: FileType, named: FileType | undefined): FileType =>
  named !== undefined && mayAlsoBe(shown, named) ? named : shown;

async function typeOfText(head: FileHead, named: FileType | undefined): Promise<FileType> {
  const markup = markupOf(head, named);
  if (markup !== undefined) return agreed(markup, named);
  if (named === undefined) return plainText;
  if (isTextual(named)) return named;
  // A binary format may be written in letters alone; two witnesses, the name and a signature, are enough.
  const shown = await detect(head.bytes);
  return shown?.kind === named.kind ? agreed(shown, named) : plainText;
}

async function typeOfContent(
  head: FileHead,
  named: FileType | undefined,
): Promise<FileType | undefined> {
  if (isText(head, named !== undefined && isTextual(named))) return typeOfText(head, named);
  const shown = await detect(head.bytes);
  return shown === undefined ? named : agreed(shown, named);
}

/**
 * Decides what a file is, by its content first and its name second, and whether a stranger may receive it (R27–R29).
 * Looks at no more than `headSize` bytes and unpacks nothing but the type entry of an office document (up to 1 MiB).
 * What the client declared is not believed.
 * @throws Problem `executable-refused` for programs, `type-unknown` when neither content nor name tells the kind
 */
export const inspect: Inspect = async (candidate) => {
  const head = readFileHead(candidate.head);
  const name = cleanName(candidate.name);
  refuseExecutable(name, head);
  const named = typeOf(extensionOf(name));
  const type = await typeOfContent(head, named);
  if (type === undefined) throw new Problem('type-unknown');
  const { kind, mimeType } = type;
  return { name, extension: named?.extension ?? 'unknown', mimeType, kind };
};
