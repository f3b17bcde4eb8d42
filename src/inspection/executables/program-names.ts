import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';
import { extensionOf } from '../file-name.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/** Extensions that run at a double click or by the system. */
const programs = words(
  `exe scr com bat cmd pif msi msp mst msix msixbundle appx appxbundle vbs vbe jse wsf wsh wsc sct hta ps1 ps1xml ps2
  psm1 psc1 psc2 lnk scf reg msc cpl gadget chm hlp xll application appref-ms dll ocx so dylib sys drv jar jnlp war ear
  class dex apk apks xapk aab ipa sh bash zsh ksh csh tcsh fish command app run elf deb rpm snap flatpak flatpakref
  appimage desktop dmg pkg mpkg workflow scpt crx xpi swf wasm pyc pyo pyz pyzw`,
);
const macros = words('docm dotm xlsm xltm xlam pptm potm ppsm ppam sldm');
/**
 * Also rejected before another extension (`invoice.exe.pdf`). Deliberately few: `www.example.com.html`, `libc.so.txt` and
 * `install.sh.md` are ordinary names.
 */
const hiddenPrograms = words('exe scr bat cmd pif msi vbs vbe wsf ps1 lnk jar hta apk');

/** `exe` of `exe_`: sanitising turns `a.exe?` into `a.exe_`. */
const bare = (segment: string): string => segment.toLowerCase().replace(/[^a-z0-9]+$/, '');

interface NameReason {
  readonly reason: ProgramReason;
  readonly extension?: string;
}

/** The reason to reject a sanitised name (R28): its extension, or one hidden before it. Undefined for ordinary names. */
export function programNameReason(name: string): NameReason | undefined {
  const last = bare(extensionOf(name));
  if (macros.has(last)) return { reason: 'macros' };
  const hidden = name.split('.').slice(1, -1).map(bare);
  const found = programs.has(last) ? last : hidden.find((inner) => hiddenPrograms.has(inner));
  return found === undefined ? undefined : { reason: 'program-name', extension: found };
}
