import { extensionOf } from './file-name.ts';
import { fileTypes } from './types/file-types.ts';

/** The canonical extension of each media type, except of opaque bytes and plain text: `README` and `LICENSE` have none. */
const extensions = new Map(
  fileTypes
    .filter(({ kind, mimeType }) => kind !== 'other' && mimeType !== 'text/plain')
    .toReversed()
    .map(({ extension, mimeType }) => [mimeType, extension]),
);

/** The name under which a gift arrives: as given, or with the extension of its type if it has none. */
export function arrivalName({ name, mimeType }: { readonly name: string; readonly mimeType: string }): string {
  const extension = extensionOf(name) === '' ? extensions.get(mimeType) : undefined;
  return extension === undefined ? name : `${name}.${extension}`;
}
