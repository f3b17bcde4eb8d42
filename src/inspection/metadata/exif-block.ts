/** EXIF as it stands in images: a TIFF structure of tags (CIPA DC-008, section 4.6). */

interface ExifContent {
  /** 1 to 8; undefined without one. */
  readonly orientation: number | undefined;
  readonly fields: readonly string[];
}

const orientationTag = 0x0112;
const pointers: Readonly<Record<number, 'EXIF' | 'GPS'>> = { 34665: 'EXIF', 34853: 'GPS', 40965: 'EXIF' };
const maxTags = 1_000;

const gpsNames =
  'VersionID LatitudeRef Latitude LongitudeRef Longitude AltitudeRef Altitude TimeStamp Satellites Status MeasureMode DOP SpeedRef Speed ' +
  'TrackRef Track ImgDirectionRef ImgDirection MapDatum DestLatitudeRef DestLatitude DestLongitudeRef DestLongitude DestBearingRef ' +
  'DestBearing DestDistanceRef DestDistance ProcessingMethod AreaInformation DateStamp Differential HPositioningError';
const gpsTags = gpsNames.split(' ');

const tagNames: Readonly<Record<number, string>> = {
  269: 'DocumentName',
  270: 'ImageDescription',
  271: 'Make',
  272: 'Model',
  305: 'Software',
  306: 'ModifyDate',
  315: 'Artist',
  316: 'HostComputer',
  513: 'Thumbnail',
  700: 'XMP',
  33432: 'Copyright',
  33723: 'IPTC',
  34377: 'Photoshop',
  36867: 'DateTimeOriginal',
  36868: 'CreateDate',
  36880: 'OffsetTime',
  37500: 'MakerNote',
  37510: 'UserComment',
  40091: 'XPTitle',
  40092: 'XPComment',
  40093: 'XPAuthor',
  40094: 'XPKeywords',
  40095: 'XPSubject',
  42016: 'ImageUniqueID',
  42032: 'OwnerName',
  42033: 'SerialNumber',
  42035: 'LensMake',
  42036: 'LensModel',
  42037: 'LensSerialNumber',
};

/** The name of a tag for a receipt, such as `EXIF Model`; numbers are in hex. */
export function tagName(tag: number, group: 'EXIF' | 'GPS' = 'EXIF'): string {
  if (group === 'GPS') return `EXIF GPS${gpsTags[tag] ?? 'Tag'}`;
  return `EXIF ${tagNames[tag] ?? `0x${tag.toString(16).padStart(4, '0')}`}`;
}

/** Reads the names of all tags, and the orientation. Damaged blocks have what was read so far. */
export function readExif(block: Buffer): ExifContent {
  const order = block.toString('latin1', 0, 2);
  const isLittle = order === 'II';
  if (block.length < 8 || !(isLittle || order === 'MM')) return { orientation: undefined, fields: ['EXIF'] };
  const uint16 = (at: number) => (isLittle ? block.readUInt16LE(at) : block.readUInt16BE(at));
  const uint32 = (at: number) => (isLittle ? block.readUInt32LE(at) : block.readUInt32BE(at));
  const fields: string[] = [];
  let orientation: number | undefined;
  const seen = new Set<number>();
  const queue: { at: number; group: 'EXIF' | 'GPS' }[] = [{ at: uint32(4), group: 'EXIF' }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { at, group } = next;
    if (seen.has(at) || at + 2 > block.length) continue;
    seen.add(at);
    const count = uint16(at);
    for (let entry = at + 2; entry < at + 2 + count * 12 && entry + 12 <= block.length; entry += 12) {
      if (fields.length >= maxTags) return { orientation, fields };
      const tag = uint16(entry);
      const pointed = group === 'EXIF' ? pointers[tag] : undefined;
      if (pointed) queue.push({ at: uint32(entry + 8), group: pointed });
      else if (tag === orientationTag && group === 'EXIF') orientation ??= uint16(entry + 8);
      else fields.push(tagName(tag, group));
    }
    const link = at + 2 + count * 12;
    if (group === 'EXIF' && link + 4 <= block.length && uint32(link) > 0) queue.push({ at: uint32(link), group });
  }
  return { orientation: orientation !== undefined && orientation <= 8 ? orientation : undefined, fields };
}

/** An EXIF block with the orientation as its only tag; undefined for one that shows the picture as it is stored. */
export function orientationBlock(orientation: number | undefined): Buffer | undefined {
  if (orientation === undefined || orientation < 2) return undefined;
  const block = Buffer.alloc(26);
  block.write('MM\0*', 'latin1');
  block.writeUInt32BE(8, 4);
  block.writeUInt16BE(1, 8);
  block.writeUInt16BE(orientationTag, 10);
  block.writeUInt16BE(3, 12);
  block.writeUInt32BE(1, 14);
  block.writeUInt16BE(orientation, 18);
  return block;
}
