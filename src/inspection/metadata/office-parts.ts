/**
 * Which parts of documents that are ZIP files go, and what is taken out of the others: Office Open XML (ECMA-376), OpenDocument
 * 1.3, EPUB 3. The list of mat2 is the model.
 */

/** The kind of a document by the names of its parts; `archive` for any other ZIP. */
export type Package = 'office' | 'opendocument' | 'epub' | 'archive';

export function packageOf(names: readonly string[]): Package {
  if (names.includes('[Content_Types].xml')) return 'office';
  if (names.some((name) => /\.opf$/i.test(name))) return 'epub';
  return names.includes('META-INF/manifest.xml') && names.includes('content.xml') ? 'opendocument' : 'archive';
}

type Dropped = readonly (readonly [RegExp, string])[];

const droppedParts: Readonly<Record<Package, Dropped>> = {
  office: [
    [/^docProps\/(?:core|app)/i, 'properties'],
    [/^docProps\/thumbnail/i, 'thumbnail'],
    [/^docProps\//i, 'custom properties'],
    [/^docMetadata\//i, 'labels'],
    [/^_xmlsignatures\//i, 'signatures'],
    [/^word\/people\.xml$/i, 'people'],
    [/(?:^|\/)customXml\//i, 'custom XML'],
    [/(?:^|\/)printerSettings\//i, 'printer settings'],
    [/^xl\/revisions\//i, 'revisions'],
  ],
  opendocument: [
    [/^meta\.xml$/, 'properties'],
    [/^Thumbnails\//, 'thumbnail'],
    [/^ObjectReplacements\//, 'previews'],
    [/^META-INF\/.*signatures\.xml$/, 'signatures'],
    [/^(?:layout-cache|Configurations2\/.*)$/, 'configuration'],
  ],
  epub: [[/(?:^|\/)(?:iTunesMetadata[^/]*\.plist|calibre_bookmarks\.txt)$/i, 'reader data']],
  archive: [
    [/(?:^|\/)(?:__MACOSX\/.*|\.DS_Store)$/, 'folder data'],
    [/(?:^|\/)(?:Thumbs\.db|desktop\.ini)$/i, 'folder data'],
  ],
};

/** The name for the receipt of a part that goes; undefined if it stays. */
export const droppedAs = (kind: Package, name: string): string | undefined =>
  droppedParts[kind].find(([pattern]) => pattern.test(name))?.[1];

/** A text to find, its replacement, and the name for the receipt. */
type Edit = readonly [pattern: RegExp, replacement: string, field: string];

// No pattern crosses a tag twice, so that hostile texts take linear time.
const attribute = (names: string) => new RegExp(`(\\s(?:\\w+:)?(?:${names})=)(?:"[^"<]*"|'[^'<]*')`, 'g');
const element = (names: string) => new RegExp(`(<(?:\\w+:)?(?:${names})(?:\\s[^<>]*)?>)[^<]+(?=</)`, 'g');
const whole = (names: string) => new RegExp(`<((?:\\w+:)?(?:${names}))(?:\\s[^<>]*)?(?:/>|(?<!/)>[^<]*</\\1>)`, 'g');

const officeEdits: readonly Edit[] = [
  [attribute('author|initials|userName|refreshedBy'), '$1"Author"', 'authors'],
  [/(\s(?:\w+:)?(?:date|dateUtc|dt|dT|created)=)(["'])(?!1970)\d{4}-[^"'<]*\2/g, '$1"1970-01-01T00:00:00Z"', 'dates'],
  [/\s(?:\w+:)?rsid\w*=(?:"[^"<]*"|'[^'<]*')/g, '', 'revision marks'],
  [/<w:rsid(?:Root)? [^<>]*\/>/g, '', 'revision marks'],
  [whole('attachedTemplate'), '', 'template'],
  [whole('absPath'), '', 'path'],
  [element('author'), '$1Author', 'authors'],
];
const authorListEdits: readonly Edit[] = [
  [/(<(?:\w+:)?(?:cmAuthor|author)\s[^<>]*?\bname=)(?:"[^"<]*"|'[^'<]*')/g, '$1"Author"', 'authors'],
  [/(<(?:\w+:)?(?:author|person)\s[^<>]*?\b(?:userId|displayName)=)(?:"[^"<]*"|'[^'<]*')/g, '$1"Author"', 'authors'],
  [/(<(?:\w+:)?(?:person)\s[^<>]*?\buserId=)(?:"[^"<]*"|'[^'<]*')/g, '$1"Author"', 'authors'],
];
const documentEdits: readonly Edit[] = [
  [element('creator|creator-initials|sender-initials'), '$1Author', 'authors'],
  [/(<dc:date>)(?!1970)[^<]*(?=<\/dc:date>)/g, '$11970-01-01T00:00:00', 'dates'],
  [/\sofficeooo:(?:paragraph-)?rsid=(?:"[^"<]*"|'[^'<]*')/g, '', 'revision marks'],
  [
    /<config:config-item config:name="(?:Printer\w+|Rsid\w*)"[^<>]*>[^<]*<\/config:config-item>/g,
    '',
    'printer settings',
  ],
];
const bookEdits: readonly Edit[] = [
  [whole('creator|contributor|publisher|date|rights|description|source|subject|relation|coverage'), '', 'properties'],
  [
    /<meta\s(?![^<>]*(?:name="(?:cover|viewport)"|property="(?:dcterms:modified|rendition:|media:)))[^<>]*(?:(?<=\/)>|>[^<]*<\/meta>)/g,
    '',
    'properties',
  ],
  [/(<meta\s[^<>]*property="dcterms:modified"[^<>]*>)(?!1970)[^<]+/g, '$11970-01-01T00:00:00Z', 'dates'],
];
const pageEdits: readonly Edit[] = [
  [/<meta\s(?![^<>]*(?:charset=|http-equiv=|name="viewport"))[^<>]*>/gi, '', 'properties'],
];
const tocEdits: readonly Edit[] = [
  [/<docAuthor(?:\s[^<>]*)?>\s*(?:<text>[^<]*<\/text>)?\s*<\/docAuthor>/g, '', 'properties'],
];

function editsOf(kind: Package, name: string): readonly Edit[] {
  if (kind === 'office') return /author|person/i.test(name) ? [...officeEdits, ...authorListEdits] : officeEdits;
  if (kind === 'opendocument') return documentEdits;
  if (/\.opf$/i.test(name)) return bookEdits;
  return /\.ncx$/i.test(name) ? tocEdits : pageEdits;
}

/** Tables and their texts name no people, and may be large. */
const cells = /^xl\/(?:worksheets\/[^/]+|sharedStrings|styles)\.xml$/i;

/** True for a part that is edited as a text; such parts have all that is known of a document's people. */
export const isEdited = (kind: Package, name: string): boolean =>
  !cells.test(name) &&
  (kind === 'epub' ? /\.(?:opf|ncx|x?html?)$/i.test(name) : kind !== 'archive' && /\.(?:xml|rels|vml)$/i.test(name));

/** Parts of documents that have no metadata, or none that is known. */
export const isPlainPart = (kind: Package, name: string): boolean =>
  kind !== 'archive' &&
  /(?:^mimetype|\.(?:xml|rels|css|ncx|rdf|js|emf|wmf|ttf|otf|odttf|woff2?|fntdata|smil))$/i.test(name);

/** References to parts that go: relationships, types of content, and the entries of a manifest. */
const reference = /<(?:\w+:)?(?:Relationship|Override|file-entry)\s[^<>]*(?:(?<=\/)>|>\s*<\/[^<>]*>)/g;
const template = /<Relationship\s[^<>]*\/attachedTemplate"[^<>]*(?:(?<=\/)>|>\s*<\/Relationship>)/g;

/** Takes out what a part says about people, in Latin-1, so that all other bytes stay as they are. */
export function editPart(kind: Package, name: string, text: string, note: (field: string) => void): string {
  let edited = text;
  for (const [pattern, replacement, field] of editsOf(kind, name)) {
    const before = edited;
    edited = edited.replace(pattern, replacement);
    if (edited !== before) note(field);
  }
  edited = edited.replace(template, '');
  const folder = name.replace(/_rels\/[^/]*$/, '');
  return edited.replace(reference, (found) => {
    const [, target = ''] = /\b(?:Target|PartName|full-path)="([^"]*)"/.exec(found) ?? [];
    return droppedAs(kind, resolvePath(folder, target)) === undefined ? found : '';
  });
}

function resolvePath(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const parts: string[] = [];
  const isBelow = folder.endsWith('/');
  for (const part of `${isBelow ? folder : ''}${target}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
