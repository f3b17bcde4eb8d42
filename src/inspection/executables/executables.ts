import { Problem } from '../../contract/problems/problem.ts';
import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';
import { type FileHead, isText } from '../file-head.ts';
import { imageByTrailer, isDiskImage } from './disk-images.ts';
import { isLauncher } from './launchers.ts';
import { programNameReason } from './program-names.ts';
import { scriptReason } from './scripts.ts';
import { isWindowsProgram } from './windows-program.ts';

type Mark = readonly [bytes: string, reason: ProgramReason];

/** Signatures of programs as Latin-1, from the Magdir of `file(1)`. */
const marks: readonly Mark[] = [
  ['\x7fELF', 'linux-program'],
  ['\xfe\xed\xfa\xce', 'macos-program'],
  ['\xfe\xed\xfa\xcf', 'macos-program'],
  ['\xce\xfa\xed\xfe', 'macos-program'],
  ['\xcf\xfa\xed\xfe', 'macos-program'],
  ['\xca\xfe\xba\xbe', 'java-or-macos-program'],
  ['\xca\xfe\xba\xbf', 'macos-program'],
  ['\xbe\xba\xfe\xca', 'macos-program'],
  ['\xbf\xba\xfe\xca', 'macos-program'],
  ['cdex001\0', 'android-program'],
  ['Joy!peff', 'macos-program'],
  ['FasdUAS 1.', 'compiled-program'],
  ['\0asm', 'wasm-program'],
  ['L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F', 'shortcut'],
  ['book\0\0\0\0mark\0\0\0\0', 'shortcut'],
  ['!<arch>\ndebian-binary', 'debian-package'],
  ['\xed\xab\xee\xdb', 'rpm-package'],
  ['xar!\0', 'macos-package'],
  ['ITSF\x03\0\0\0', 'windows-help'],
  ['\x1bLua', 'compiled-lua'],
  ['BC\xc0\xde', 'compiled-program'],
  ['Cr24\x02\0\0\0', 'browser-extension'],
  ['Cr24\x03\0\0\0', 'browser-extension'],
];

type Structure = readonly [pattern: RegExp, reason: ProgramReason, mayBeText: boolean];

/** Signatures that need the structure behind them, since a text may begin with their letters ("CWS 2020"). */
const structures: readonly Structure[] = [
  [/^de[xy]\n0\d\d\0/, 'android-program', false],
  [/^[FCZ]WS[^@-\xff]/, 'flash-program', false],
  [/^#@~\^[A-Za-z\d+/]{6}==/, 'encoded-script', true],
];

const maxMarkLength = Math.max(...marks.map(([bytes]) => bytes.length));

/** Fast path: the first byte excludes most files. */
const firstBytes = new Set([...marks.map(([bytes]) => bytes), ...'dFCZ#'].map((bytes) => bytes.charCodeAt(0)));

/** Programs that file-type detects, by its extensions. Its `exe`, `swf`, `crx`, `chm` and `reg` need a few letters only. */
const detected: Record<string, ProgramReason> = {
  elf: 'linux-program',
  macho: 'macos-program',
  class: 'java-or-macos-program',
  jar: 'java-program',
  apk: 'android-program',
  xpi: 'browser-extension',
  lnk: 'shortcut',
  alias: 'shortcut',
  deb: 'debian-package',
  rpm: 'rpm-package',
  wasm: 'wasm-program',
  docm: 'macros',
  dotm: 'macros',
  xlsm: 'macros',
  xltm: 'macros',
  pptm: 'macros',
  potm: 'macros',
  ppsm: 'macros',
};

function markReason(head: FileHead): ProgramReason | undefined {
  const { bytes } = head;
  if (!firstBytes.has(bytes[0] ?? -1)) return undefined;
  const opening = bytes.toString('latin1', 0, maxMarkLength + 1);
  const certain = marks.find(([bytes]) => opening.startsWith(bytes));
  if (certain) return certain[1];
  const [, reason, mayBeText] = structures.find(([pattern]) => pattern.test(opening)) ?? [];
  return mayBeText || !isText(head, true) ? reason : undefined;
}

/** Class ids of Windows Installer {000C1082…1086-0000-0000-C000-000000000046}: transform, package, patch. */
const installerClass = /^8[246]100c0{10}c0{13}46$/;

/** Reads the root directory entry of a compound file ([MS-CFB] 2.2, 2.6), if it is within the head. */
function isInstaller(head: Buffer): boolean {
  if (head.length < 512 || head.readUInt32BE(0) !== 0xd0cf11e0) return false;
  const sectorSize = 2 ** head.readUInt16LE(30);
  const root = (head.readUInt32LE(48) + 1) * sectorSize;
  return installerClass.test(head.toString('hex', root + 80, root + 96));
}

/** Magic number, CR, LF; Python 3 uses 3000 and up, Python 2 60202–62211 (CPython's `importlib/_bootstrap_external.py`). */
function isCompiledPython(head: FileHead): boolean {
  const { bytes } = head;
  if (bytes.length < 8 || bytes.readUInt16LE(2) !== 0x0a0d) return false;
  const version = bytes.readUInt16LE(0);
  const known = (version >= 3000 && version < 4000) || (version >= 60202 && version <= 62211);
  return known && !isText(head, true);
}

/** The reason to reject a file by its first bytes (R28). */
export function contentReason(head: FileHead): ProgramReason | undefined {
  const reason = markReason(head) ?? scriptReason(head.opening);
  if (reason !== undefined) return reason;
  if (isWindowsProgram(head)) return 'windows-program';
  if (isInstaller(head.bytes)) return 'windows-installer';
  if (isCompiledPython(head)) return 'compiled-python';
  if (isDiskImage(head.bytes)) return 'disk-image';
  if (isLauncher(head.opening)) return 'launcher';
  return imageByTrailer(head.bytes);
}

function refuse(reason: ProgramReason | undefined): void {
  if (reason !== undefined) throw new Problem('executable-refused', { reason });
}

/** Rejects programs by sanitised name and by first bytes (R28). Throws `Problem` `executable-refused` with a reason. */
export function refuseExecutable(name: string, head: FileHead): void {
  const named = programNameReason(name);
  if (named !== undefined) throw new Problem('executable-refused', named);
  refuse(contentReason(head));
}

/** Rejects a disk image by the last bytes of a file that is longer than its head. Throws `Problem` `executable-refused`. */
export function refuseTrailer(tail: Uint8Array): void {
  refuse(imageByTrailer(Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)));
}

/** Rejects a program by the extension that file-type reports. Throws `Problem` `executable-refused`. */
export function refuseDetected(extension: string): void {
  if (Object.hasOwn(detected, extension)) refuse(detected[extension]);
}
