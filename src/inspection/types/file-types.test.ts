import { supportedExtensions } from 'file-type';
import { describe, expect, test } from 'vitest';
import { fileKinds } from '../../contract/vocabulary.ts';
import { refuseDetected } from '../executables/executables.ts';
import { inspect } from '../inspect.ts';
import { utf8 } from '../testing/samples.ts';
import { fileTypes, typeOf } from './file-types.ts';

describe('the table of types', () => {
  test('has unique extensions in lower case', () => {
    const extensions = fileTypes.map((type) => type.extension);
    expect(new Set(extensions).size).toBe(extensions.length);
    for (const extension of extensions) expect(extension).toMatch(/^[a-z0-9]+$/);
    expect(extensions).not.toContain('unknown');
    expect(new Set(fileTypes.map((type) => type.kind))).toEqual(new Set(fileKinds));
  });

  test('accepts all types of the first version, and related ones', () => {
    const first = 'txt pdf png jpg jpeg gif doc docx mp3 mp4 avi mov zip rar 7z py js html css json xml csv xlsx pptx';
    const relatives =
      'webp heic heif avif svg bmp tif tiff ico xls ppt odt ods odp rtf epub md flac ogg oga opus wav m4a aac mid webm ' +
      'mkv mpg mpeg m4v tar gz tgz bz2 xz zst ts tsx jsx rs go c h cpp java kt rb php sql yaml yml toml ini log tex';
    for (const extension of `${first} ${relatives}`.split(' ')) {
      expect(typeOf(extension), extension).toBeDefined();
    }
  });

  test('has no extension that is rejected by name', async () => {
    for (const { extension } of fileTypes) {
      const found = await inspect({ name: `a.${extension}`, head: utf8('hello') });
      expect(found.extension).toBe(extension);
    }
  });

  /** Fails if a new version of file-type detects further formats, which then need a decision. */
  test('accepts or rejects all formats that file-type detects, except a few without a kind', () => {
    const byStructure = ['exe', 'crx', 'swf', 'chm', 'reg'];
    const byName = ['dmg', 'iso'];
    const withoutKind = [...byStructure, ...byName, 'Z', 'tar.gz'];
    const undecided = [...supportedExtensions].filter((extension) => {
      if (typeOf(extension) !== undefined) return false;
      try {
        refuseDetected(extension);
        return true;
      } catch {
        return false;
      }
    });
    expect(undecided.toSorted()).toEqual(withoutKind.toSorted());
  });
});
