import { type FileTypeResult, fileTypeFromBuffer } from 'file-type';
import { refuseDetected } from '../executables/executables.ts';
import { type FileType, typeOf } from './file-types.ts';

/** Signatures for which file-type would unpack the file, or read past the end of a head. */
const ownSignatures: readonly (readonly [bytes: string, extension: string])[] = [
  ['\x1f\x8b\x08', 'gz'],
  ['\x89PNG\r\n\x1a\n', 'png'],
];

function ownSignature(head: Uint8Array): FileType | undefined {
  const first = Buffer.from(head.subarray(0, 8)).toString('latin1');
  const found = ownSignatures.find(([bytes]) => first.startsWith(bytes));
  return found && typeOf(found[1]);
}

/** Undefined also if file-type throws, as it does for some malformed input. */
async function fileTypeOf(head: Uint8Array): Promise<FileTypeResult | undefined> {
  try {
    return await fileTypeFromBuffer(head);
  } catch {
    return undefined;
  }
}

/** `asf` may contain audio only. `dmg` is any zlib stream, which is neither a known type nor a reason to reject. */
function extensionFound({ ext, mime }: FileTypeResult): string {
  if (ext === 'asf' && mime.startsWith('audio/')) return 'wma';
  return ext.toLowerCase();
}

/** Detects a type by signature; undefined if there is none. Throws `Problem` `executable-refused` for a program. */
export async function detect(head: Uint8Array): Promise<FileType | undefined> {
  const own = ownSignature(head);
  if (own !== undefined) return own;
  const found = await fileTypeOf(head);
  if (found === undefined) return undefined;
  refuseDetected(found.ext);
  return typeOf(extensionFound(found));
}
