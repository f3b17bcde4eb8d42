import { type FileTypeResult, fileTypeFromBuffer } from 'file-type';
import { refuseDetected } from '../executables/executables.ts';
import { type FileType, typeOf } from './file-types.ts';

/** Signatures that file-type would follow into the file: by unpacking it, or to no end when it is cut. */
const ownSignatures: readonly (readonly [bytes: string, extension: string])[] = [
  ['\x1f\x8b\x08', 'gz'],
  ['\x89PNG\r\n\x1a\n', 'png'],
];

function ownSignature(head: Uint8Array): FileType | undefined {
  const first = Buffer.from(head.subarray(0, 8)).toString('latin1');
  const found = ownSignatures.find(([bytes]) => first.startsWith(bytes));
  return found && typeOf(found[1]);
}

/** file-type throws on some malformed input, and promises nothing about it: that is "not recognised". */
async function fileTypeOf(head: Uint8Array): Promise<FileTypeResult | undefined> {
  try {
    return await fileTypeFromBuffer(head);
  } catch {
    return undefined;
  }
}

/** Its `asf` may be sound alone. Its `dmg` is any zlib stream: no type of ours, and no reason to refuse. */
function extensionFound({ ext, mime }: FileTypeResult): string {
  if (ext === 'asf' && mime.startsWith('audio/')) return 'wma';
  return ext.toLowerCase();
}

/**
 * What a file's first bytes show it to be, by signature; undefined when they show nothing that we know.
 * @throws Problem `executable-refused` when they show a program
 */
export async function detect(head: Uint8Array): Promise<FileType | undefined> {
  const own = ownSignature(head);
  if (own !== undefined) return own;
  const found = await fileTypeOf(head);
  if (found === undefined) return undefined;
  refuseDetected(found.ext);
  return typeOf(extensionFound(found));
}
