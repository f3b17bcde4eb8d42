/** Disk images that a click opens as a drive, by their content. */

/** Sectors 16 and 17 of a disc hold its volume descriptors: ECMA-119 (ISO 9660), ECMA-167 (UDF). */
const volumeDescriptor = 16 * 2048 + 1;
const secondDescriptor = volumeDescriptor + 2048;

const startsAt = (bytes: Buffer, at: number, mark: string): boolean =>
  bytes.length >= at + mark.length && bytes.toString('latin1', at, at + mark.length) === mark;

const isDisc = (bytes: Buffer): boolean =>
  startsAt(bytes, volumeDescriptor, 'CD001\x01') ||
  (startsAt(bytes, volumeDescriptor, 'BEA01\x01') &&
    ['NSR02', 'NSR03'].some((mark) => startsAt(bytes, secondDescriptor, mark)));

/** True for an ISO 9660 or UDF disc, and for a virtual disk that begins with its signature ([MS-VHDX] 2.2.1). */
export const isDiskImage = (head: Buffer): boolean =>
  startsAt(head, 0, 'vhdxfile') || startsAt(head, 0, 'conectix\0\0\0') || isDisc(head);

/** Size of the trailers of macOS disk images and virtual hard disks, in bytes. */
const trailerSize = 512;

/** The kind of a disk image by the last bytes of its file. */
export function imageByTrailer(tail: Buffer): 'macos-disk-image' | 'disk-image' | undefined {
  if (tail.length < trailerSize) return undefined;
  const at = tail.length - trailerSize;
  if (startsAt(tail, at, 'koly\0\0\0\x04\0\0\x02\0')) return 'macos-disk-image';
  return startsAt(tail, at, 'conectix\0\0\0') ? 'disk-image' : undefined;
}
