/** Sorts the names of removed metadata, such as `EXIF GPSLatitude`, into what they mean to a giver. */

const sorts = [
  ['place', /GPS/i],
  ['time', /date|times?\b|tIME/i],
  ['picture', /thumbnail|picture|preview/i],
  ['camera', /^EXIF\b/],
  ['words', /comment|text|XMP|IPTC|^ID3|name|metadata/i],
] as const;

type Sort = (typeof sorts)[number][0] | 'other';

/** Each sort once, the most private first. */
export function removedSorts(fields: readonly string[]): readonly Sort[] {
  const found = new Set(fields.map((field): Sort => sorts.find(([, pattern]) => pattern.test(field))?.[0] ?? 'other'));
  return [...sorts.map(([sort]) => sort), 'other' as const].filter((sort) => found.has(sort));
}
