import { expect, it } from 'vitest';
import { removedSorts } from './removed-sorts.ts';

it.each([
  ['place time', ['EXIF GPSLatitude', 'EXIF GPSLongitude', 'EXIF DateTimeOriginal']],
  ['picture camera', ['EXIF Model', 'EXIF Make', 'JFIF thumbnail']],
  ['time words', ['PNG tIME', 'PNG tEXt Author', 'XMP', 'IPTC']],
  ['time words other', ['MP4 times', 'MP4 handler name', 'MP4 private box']],
  ['picture words other', ['FLAC comment', 'FLAC picture', 'JPEG padding']],
  ['', []],
])('removed metadata is named as what it means: %s', (sorts, fields) => {
  expect(removedSorts(fields).join(' ')).toBe(sorts);
});
