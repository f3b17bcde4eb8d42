import { Problem } from '../contract/problems.ts';
import { isText, openingOf } from './head.ts';
import { programNameReason } from './program-names.ts';
import { scriptReason } from './scripts.ts';

const windows = 'That is a Windows program.';
const mac = 'That is a macOS program.';
const java = 'That is a Java or macOS program.';
const android = 'That is an Android program.';
const flash = 'That is a Flash program.';
const shortcut = 'That is a shortcut, which starts programs.';
const browserExtension = 'That is a browser extension, which is a program.';
const macros = 'That is a document with macros, and macros are programs.';

type Mark = readonly [bytes: string, reason: string];

/** What programs begin with, as Latin-1; the sources are those of `file(1)`, its Magdir. */
const marks: readonly Mark[] = [
  ['\x7fELF', 'That is a Linux program.'],
  ['\xfe\xed\xfa\xce', mac],
  ['\xfe\xed\xfa\xcf', mac],
  ['\xce\xfa\xed\xfe', mac],
  ['\xcf\xfa\xed\xfe', mac],
  ['\xca\xfe\xba\xbe', java],
  ['\xca\xfe\xba\xbf', mac],
  ['\xbe\xba\xfe\xca', mac],
  ['\xbf\xba\xfe\xca', mac],
  ['dex\n0', android],
  ['dey\n0', android],
  ['\0asm', 'That is a WebAssembly program.'],
  ['L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F', shortcut],
  ['book\0\0\0\0mark\0\0\0\0', shortcut],
  ['!<arch>\ndebian-binary', 'That is a Debian package.'],
  ['\xed\xab\xee\xdb', 'That is an RPM package.'],
  ['xar!\0', 'That is a macOS package.'],
  ['ITSF\x03\0\0\0', 'That is a Windows help file, which can start programs.'],
  ['\x1bLua', 'That is a compiled Lua program.'],
  ['BC\xc0\xde', 'That is a compiled program.'],
  ['#@~^', 'That is an encoded Windows script.'],
];

/** Marks that are all letters, with which a text may begin ("MZ is Mozambique"). */
const letterMarks: readonly Mark[] = [
  ['MZ', windows],
  ['FWS', flash],
  ['CWS', flash],
  ['ZWS', flash],
  ['Cr24', browserExtension],
];

const longestMark = Math.max(...marks.map(([bytes]) => bytes.length));

/** What file-type finds by looking further than the first bytes, by its own names. */
const detected: Record<string, string> = {
  exe: windows,
  elf: 'That is a Linux program.',
  macho: mac,
  class: java,
  jar: 'That is a Java program.',
  apk: android,
  xpi: browserExtension,
  crx: browserExtension,
  swf: flash,
  lnk: shortcut,
  alias: shortcut,
  deb: 'That is a Debian package.',
  rpm: 'That is an RPM package.',
  chm: 'That is a Windows help file, which can start programs.',
  reg: 'That is a file of Windows registry settings.',
  wasm: 'That is a WebAssembly program.',
  docm: macros,
  dotm: macros,
  xlsm: macros,
  xltm: macros,
  pptm: macros,
  potm: macros,
  ppsm: macros,
};

function markReason(head: Buffer): string | undefined {
  const opening = head.toString('latin1', 0, longestMark + 1);
  const begins = ([bytes]: Mark): boolean => opening.startsWith(bytes);
  const certain = marks.find(begins);
  if (certain) return certain[1];
  const [letters, reason] = letterMarks.find(begins) ?? [];
  if (letters === undefined) return undefined;
  const isWord = /^[^A-Za-z0-9]/.test(opening.slice(letters.length));
  return isWord && isText(head, false) ? undefined : reason;
}

/** Windows Installer's class ids {000C1082…1086-0000-0000-C000-000000000046}: transform, package, patch. */
const installerClass = /^8[246]100c0{10}c0{13}46$/;

/** Reads the root entry of a compound file's directory ([MS-CFB] 2.2, 2.6), where it lies within the head. */
function isInstaller(head: Buffer): boolean {
  if (head.length < 512 || head.readUInt32BE(0) !== 0xd0cf11e0) return false;
  const sectorSize = 2 ** head.readUInt16LE(30);
  const root = (head.readUInt32LE(48) + 1) * sectorSize;
  return installerClass.test(head.toString('hex', root + 80, root + 96));
}

/** CPython's `importlib/_bootstrap_external.py`: a version number (Python 3: 3000 and up; 2: 60202–62211), CR, LF. */
function isCompiledPython(head: Buffer): boolean {
  if (head.length < 8 || head.readUInt16LE(2) !== 0x0a0d) return false;
  const version = head.readUInt16LE(0);
  const known = (version >= 3000 && version < 4000) || (version >= 60202 && version <= 62211);
  return known && !isText(head, true);
}

/** A macOS disk image has its mark in its last 512 bytes, seen only when the whole file is in the head. */
const isDiskImage = (head: Buffer): boolean =>
  head.length >= 512 && head.subarray(-512, -508).toString('latin1') === 'koly';

function contentReason(head: Buffer): string | undefined {
  const reason = markReason(head) ?? scriptReason(openingOf(head));
  if (reason !== undefined) return reason;
  if (isInstaller(head)) return 'That is a Windows installer.';
  if (isCompiledPython(head)) return 'That is a compiled Python program.';
  return isDiskImage(head) ? 'That is a macOS disk image, which installs programs.' : undefined;
}

function refuse(reason: string | undefined): void {
  if (reason === undefined) return;
  throw new Problem('executable-refused', {
    detail: `${reason} We don't pass programs on; nothing was kept.`,
  });
}

/**
 * Refuses what is named like a program, and what is one under any name (R28), by its first bytes.
 * @param name a cleaned name
 * @throws Problem `executable-refused`, with the reason for a person
 */
export function refuseExecutable(name: string, head: Uint8Array): void {
  refuse(programNameReason(name));
  refuse(contentReason(Buffer.from(head.buffer, head.byteOffset, head.byteLength)));
}

/**
 * Refuses a program that file-type recognised, by the extension it reported.
 * @throws Problem `executable-refused`
 */
export function refuseDetected(extension: string): void {
  if (Object.hasOwn(detected, extension)) refuse(detected[extension]);
}
