/** Text files that open an address, run a command or change settings as soon as they are opened, by their content. */

type Structure = readonly [start: RegExp, key: RegExp];

/** The first section of an INI file, and a key that acts. A text may quote either one alone. */
const iniFiles: readonly Structure[] = [
  [/^\[InternetShortcut(?:\.[AW])?\]$/i, /^[^\S\r\n]*URL[^\S\r\n]*=/im],
  [/^\[Desktop Entry\]$/, /^[^\S\r\n]*(?:Try)?(?:Exec|URL)(?:\[\w+\])?[^\S\r\n]*=/m],
  [/^\[Version\]$/i, /^[^\S\r\n]*Signature[^\S\r\n]*=[^\S\r\n]*"?\$(?:Windows NT|Chicago|Windows 95)\$/im],
  [/^\[(?:autorun|Shell)\]$/i, /^[^\S\r\n]*(?:open|shellexecute|Command)[^\S\r\n]*=/im],
  [/^(?:screen mode id:i|full address:s|use multimon:i):/i, /^full address:s:/im],
  [/^https?:\/\/[^#]{1,2000}#.{1,400}, Culture=/i, /, processorArchitecture=/i],
];

const xmlRoot = (name: string) => new RegExp(`^\\s*(?:<\\?xml[^>]*>\\s*)?(?:<!--[^>]*-->\\s*)*<${name}[\\s>]`, 'i');

/** The root element of an XML file, and what tells it from others of that name. */
const xmlFiles: readonly Structure[] = [
  [xmlRoot('libraryDescription'), /windows\/2009\/library/i],
  [xmlRoot('searchConnectorDescription'), /windows\/2009\/searchConnector/i],
  [xmlRoot('persistedQuery'), /<query\b/i],
  [xmlRoot('PCSettings'), /<SearchableContent\b/i],
  [/^\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE plist[^>]*>\s*)?<plist\b[^>]*>\s*<dict>\s*<key>URL<\/key>/i, /<string>/i],
];

/** Fast path: a launcher begins with one of these, after blanks and comments. */
const firstCharacters = /^\s*[[<;#hsfu]/i;

/** The first line that is neither empty nor a comment. */
function firstLine(opening: string): string {
  const lines = opening.split(/[\r\n]+/);
  return lines.find((line) => !/^\s*(?:[;#]|$)/.test(line))?.trim() ?? '';
}

/** True for a launcher by its first characters, under any name. */
export function isLauncher(opening: string): boolean {
  if (!firstCharacters.test(opening)) return false;
  const matches = (start: string) => (structure: Structure) => structure[0].test(start) && structure[1].test(opening);
  return iniFiles.some(matches(firstLine(opening))) || xmlFiles.some(matches(opening));
}
