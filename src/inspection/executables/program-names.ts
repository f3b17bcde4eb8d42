import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';
import { extensionOf } from '../file-name.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/** Extensions that run at a double click or by the system. */
const programs = words(
  `exe scr com bat cmd pif msi msp mst msu msix msixbundle appx appxbundle appinstaller vbs vbe jse wsf wsh wsc sct hta
  ps1 ps1xml ps2 ps2xml psm1 psd1 psdm1 psc1 psc2 msh msh1 msh2 mshxml msh1xml msh2xml cdxml scf reg msc cpl gadget chm hlp
  xll wll xbap application vsto appref-ms dll ocx so dylib sys drv jar jnlp war ear class dex apk apks xapk apkm aab ipa
  sh bash zsh ksh csh tcsh fish command terminal app run elf deb rpm snap flatpak flatpakref flatpakrepo appimage
  desktop kdelnk dmg pkg mpkg prefpane saver kext osax wdgt workflow scpt scptd crx xpi safariextz vsix swf wasm
  pyc pyo pyz pyzw shs shb`,
);
/** Extensions that lead a double click to another program, place or setting, or that lose the mark of a download. */
const launchers = words(
  `lnk url website webloc fileloc inetloc ftploc afploc vncloc mailloc xnk library-ms search-ms searchconnector-ms
  appcontent-ms settingcontent-ms desklink mapimail inf theme themepack deskthemepack webpnp printerexport contact
  iso img udf vhd vhdx toast sparseimage sparsebundle one onepkg onetoc2 rdp ica wcx
  mht mhtml slk iqy oqy rqy dqy odc udl xlsb xlm xla ade adp accda accde accdr accdu mde mda maf mam maq mas maw
  diagcab diagcfg diagpkg ppkg mobileconfig mobileprovision vsmacros`,
);
const macros = words('docm dotm xlsm xltm xlam pptm potm ppsm ppam sldm');
/**
 * Also rejected right before the last extension (`invoice.exe.pdf`). Deliberately few: `fruit.bat.jpg`, `Cookie.Jar.png` and
 * `install.sh.md` are ordinary names.
 */
const hiddenPrograms = words('exe pif msi vbs vbe wsf ps1 lnk hta apk');
/** Code that a double click may run, rejected if it is disguised as one of `documents`: `invoice.pdf.js`. */
const runnableCode = words('js mjs cjs py pyw rb pl php tcl lua');
const documents = words(
  `pdf doc docx xls xlsx ppt pptx odt ods odp rtf txt jpg jpeg png gif webp heic bmp tif tiff mp3 wav m4a mp4 mov avi mkv
  zip rar 7z`,
);

/** `exe` of `exe_`: sanitising turns `a.exe?` into `a.exe_`. */
const bare = (segment: string): string => segment.toLowerCase().replace(/[^a-z0-9]+$/, '');

interface NameReason {
  readonly reason: ProgramReason;
  readonly extension?: string;
}

function programExtension(last: string, inner: string | undefined): string | undefined {
  if (programs.has(last) || launchers.has(last)) return last;
  if (inner === undefined) return undefined;
  if (hiddenPrograms.has(inner)) return inner;
  return runnableCode.has(last) && documents.has(inner) ? last : undefined;
}

/**
 * The reason to reject a sanitised name (R28): its last extension decides, together with a known one right before it.
 * Undefined for ordinary names.
 */
export function programNameReason(name: string): NameReason | undefined {
  const last = bare(extensionOf(name));
  if (macros.has(last)) return { reason: 'macros' };
  const found = programExtension(last, name.split('.').slice(1, -1).map(bare).at(-1));
  return found === undefined ? undefined : { reason: 'program-name', extension: found };
}
