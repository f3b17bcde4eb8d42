import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';
import { extensionOf } from '../file-name.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/** A double click, or the system itself, runs these. */
const programs = words(
  `exe scr com bat cmd pif msi msp mst msix msixbundle appx appxbundle vbs vbe jse wsf wsh wsc sct hta ps1 ps1xml ps2
  psm1 psc1 psc2 lnk scf reg msc cpl gadget chm hlp xll application appref-ms dll ocx so dylib sys drv jar jnlp war ear
  class dex apk apks xapk aab ipa sh bash zsh ksh csh tcsh fish command app run elf deb rpm snap flatpak flatpakref
  appimage desktop dmg pkg mpkg workflow scpt crx xpi swf wasm pyc pyo pyz pyzw`,
);
const macros = words('docm dotm xlsm xltm xlam pptm potm ppsm ppam sldm');
/**
 * Refused before another extension too (`invoice.exe.pdf`). Few on purpose: `www.example.com.html`, `libc.so.txt` and
 * `install.sh.md` are ordinary names.
 */
const hiddenPrograms = words('exe scr bat cmd pif msi vbs vbe wsf ps1 lnk jar hta apk');

/** `exe` of `exe_`, which is what a trick like `a.exe?` is after cleaning. */
const bare = (segment: string): string => segment.toLowerCase().replace(/[^a-z0-9]+$/, '');

interface Why {
  readonly reason: ProgramReason;
  readonly extension?: string;
}

/**
 * Why a cleaned name is that of a program (R28): it ends like one, or hides such an ending before another one.
 * Undefined when it is an ordinary name.
 */
export function programNameReason(name: string): Why | undefined {
  const last = bare(extensionOf(name));
  if (macros.has(last)) return { reason: 'macros' };
  const hidden = name.split('.').slice(1, -1).map(bare);
  const found = programs.has(last) ? last : hidden.find((inner) => hiddenPrograms.has(inner));
  return found === undefined ? undefined : { reason: 'program-name', extension: found };
}
