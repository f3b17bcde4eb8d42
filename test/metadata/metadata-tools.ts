/** The programs that judge cleaned files, from Debian. */

import { existsSync } from 'node:fs';
import { installDebian, missingReason } from '../setup/packages.ts';

/** Debian package by program. */
const programs = {
  exiftool: 'libimage-exiftool-perl',
  mat2: 'mat2',
  identify: 'imagemagick',
  sox: 'sox',
  oggenc: 'vorbis-tools',
  opusenc: 'opus-tools',
};

/** Sox writes MP3 with this package, which has no program. */
const soundFormats = 'libsox-fmt-mp3';
const hasSoundFormats = () => existsSync(`/usr/share/doc/${soundFormats}`);

/** Installs what is missing. Resolves with the reason if that is impossible. */
export const installTools = async (): Promise<string | undefined> =>
  (await missingReason(programs)) ?? (hasSoundFormats() ? undefined : await installDebian([soundFormats]));
