/** Refuses entries of archives that are programs by their name or by their first bytes. */
import { contentReason } from '../executables/executables.ts';
import { programNameReason } from '../executables/program-names.ts';
import { readFileHead } from '../file-head.ts';
import { sanitizeFileName } from '../file-name.ts';
import { type Budget, Refused } from './budget.ts';
import type { ByteSource } from './byte-source.ts';
import { isCompoundFile } from './compound-file.ts';
import { isTarHeader } from './tar-entries.ts';

/** Whether macros in a file make it a document with macros, or an archive that holds one. */
export type MacroPlace = 'file' | 'entry';

/** The inspection of one file, with all archives inside it. */
export interface Inspection {
  /** False if encrypted archives are refused. */
  readonly allowsEncrypted: boolean;
  readonly budget: Budget;
  /** Inspects an archive inside the archive. */
  inspectNested(source: ByteSource): Promise<void>;
}

/** Bytes of an entry that are judged. */
export const headSize = 4096;

const refuseProgram = (extension?: string): never => {
  const reason = extension === undefined ? 'archived-program' : 'archived-program-name';
  throw new Refused({ code: 'executable-refused', reason, ...(extension === undefined ? {} : { extension }) });
};

export function refuseMacros(place: MacroPlace): never {
  return place === 'entry' ? refuseProgram() : refuseAs('macros');
}

const refuseAs = (reason: 'macros'): never => {
  throw new Refused({ code: 'executable-refused', reason });
};

const application = /\.app\/Contents\//i;

/** Refuses the path of an entry as the name of a gift is refused. Folders count only as macOS applications. */
export function checkEntryName(path: string): void {
  if (application.test(path)) refuseProgram('app');
  if (path.endsWith('/')) return;
  const found = programNameReason(sanitizeFileName(path));
  if (found) refuseProgram(found.extension);
}

/** Refuses an entry by its first bytes. */
export function checkEntryHead(head: Buffer): void {
  if (contentReason(readFileHead(head)) !== undefined) refuseProgram();
}

export const isGzip = (head: Buffer): boolean => head.length > 2 && head.readUIntBE(0, 3) === 0x1f8b08;

const isZip = (head: Buffer): boolean => head.length > 3 && head.readUInt32LE(0) === 0x04034b50;

/** True if an entry is an archive or a document that may hold programs or macros. */
export const mayHoldFiles = (head: Buffer): boolean =>
  isZip(head) || isGzip(head) || isCompoundFile(head) || isTarHeader(head.subarray(0, 512));
