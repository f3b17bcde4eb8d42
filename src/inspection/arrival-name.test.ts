import { expect, test } from 'vitest';
import { arrivalName } from './arrival-name.ts';
import { fileTypes } from './types/file-types.ts';

test.each([
  ['1000012345', 'image/jpeg', '1000012345.jpg'],
  ['scan', 'application/pdf', 'scan.pdf'],
  ['song', 'audio/mpeg', 'song.mp3'],
  ['photo.jpg', 'image/jpeg', 'photo.jpg'],
  ['photo.png', 'image/jpeg', 'photo.png'],
  ['a.unheard', 'image/jpeg', 'a.unheard'],
  ['README', 'text/plain', 'README'],
  ['noise', 'application/octet-stream', 'noise'],
  ['odd', 'x/unknown', 'odd'],
])('%s of type %s arrives as %s', (name, mimeType, arrives) => {
  expect(arrivalName({ name, mimeType })).toBe(arrives);
});

test('the first extension of a type is the one that is added', () => {
  for (const { kind, mimeType } of fileTypes.filter(({ kind }) => kind !== 'other')) {
    const first = fileTypes.find((type) => type.mimeType === mimeType)?.extension;
    expect([kind, arrivalName({ name: 'a', mimeType })]).toEqual([
      kind,
      mimeType === 'text/plain' ? 'a' : `a.${first}`,
    ]);
  }
});
