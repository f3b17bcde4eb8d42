/**
 * Reasons of problems with several causes: a code, and the English sentence of the server. `{extension}` stands for the
 * extension of the problem.
 */
import type { ProblemCode } from './codes.ts';

interface Cause {
  /** The code of the problem. */
  readonly of: ProblemCode;
  readonly sentence: string;
}

const cause = <Code extends ProblemCode>(of: Code, sentence: string) => ({ of, sentence });

/** The end of each sentence about a program. */
export const programAdvice = "We don't pass programs on; nothing was kept.";

const program = (what: string) => cause('executable-refused', `${what} ${programAdvice}`);

export const rejectionReasons = {
  'android-program': program('That is an Android program.'),
  'archived-program': program('There is a program in that archive, or a document with macros.'),
  'archived-program-name': program(
    'There is a file with .{extension} in its name in that archive, which counts as a program.',
  ),
  'batch-file': program('That is a Windows batch file.'),
  'browser-extension': program('That is a browser extension, which is a program.'),
  'compiled-lua': program('That is a compiled Lua program.'),
  'compiled-program': program('That is a compiled program.'),
  'compiled-python': program('That is a compiled Python program.'),
  'debian-package': program('That is a Debian package.'),
  'disk-image': program('That is a disk image, which opens as a drive of programs.'),
  'encoded-script': program('That is an encoded Windows script.'),
  'flash-program': program('That is a Flash program.'),
  'java-or-macos-program': program('That is a Java or macOS program.'),
  'java-program': program('That is a Java program.'),
  launcher: program('That is a file that starts programs or opens addresses.'),
  'linux-program': program('That is a Linux program.'),
  'macos-disk-image': program('That is a macOS disk image, which installs programs.'),
  'macos-package': program('That is a macOS package.'),
  'macos-program': program('That is a macOS program.'),
  macros: program('That is a document with macros, and macros are programs.'),
  'program-name': program('A file with .{extension} in its name counts as a program.'),
  'registry-settings': program('That is a file of Windows registry settings.'),
  'rpm-package': program('That is an RPM package.'),
  'shell-script': program('That is a shell script.'),
  shortcut: program('That is a shortcut, which starts programs.'),
  'wasm-program': program('That is a WebAssembly program.'),
  'windows-help': program('That is a Windows help file, which can start programs.'),
  'windows-installer': program('That is a Windows installer.'),
  'windows-program': program('That is a Windows program.'),
  'archive-bomb': cause(
    'archive-refused',
    'That archive unpacks to far more than it holds, like one that is made to fill disks; nothing was kept.',
  ),
  'archive-too-large': cause(
    'archive-refused',
    'There is more in that archive than we look through; nothing was kept. Give it in smaller ones.',
  ),
  'archive-too-deep': cause('archive-refused', 'There are too many archives inside one another; nothing was kept.'),
  'archive-encrypted': cause(
    'archive-refused',
    'That archive is encrypted, and we take only what we can look into; nothing was kept.',
  ),
  malware: cause('file-refused', 'A virus scanner found something in that file; nothing was kept.'),
  'hook-refused': cause('file-refused', 'The check of the operator does not let that file in; nothing was kept.'),
  'hook-held': cause(
    'file-refused',
    'The check of the operator cannot decide about that file, so it does not let it in; nothing was kept.',
  ),
  'blocked-file': cause('file-refused', 'That file may not be passed on here; nothing was kept.'),
  'no-cleaner': cause(
    'metadata-stays',
    'We cannot remove metadata from a file of that kind; nothing was kept. Give it as it is, or in another format.',
  ),
  'damaged-file': cause(
    'metadata-stays',
    'That file is damaged, encrypted or very unusual, so we cannot remove its metadata; nothing was kept.',
  ),
  'cleaning-off': cause('metadata-stays', 'This exchange does not remove metadata; nothing was kept.'),
  'too-many-fields': cause('form-broken', 'The form has too many fields; nothing was kept.'),
  'gift-gone': cause('gift-drawn', 'Your gift has left the pool already. Your ticket is still good.'),
  'room-ended': cause(
    'ticket-withdrawn',
    'The host has ended the room, and this ticket with it. A file that was not drawn yet was deleted.',
  ),
  'too-few-seats': cause(
    'ticket-withdrawn',
    'Too few files came into the round, so there was no draw. Your file is yours alone: it was deleted here.',
  ),
  'round-over': cause('ticket-withdrawn', 'The time to fetch the file of this round is over.'),
  'seat-taken': cause('gift-drawn', 'In a round your file stays until the draw. You may take it back before.'),
  unreadable: cause('storage-failing', 'We cannot read files right now. Try again later.'),
} as const satisfies Record<string, Cause>;

export type RejectionReason = keyof typeof rejectionReasons;

type ReasonOf<Code extends ProblemCode> = {
  [R in RejectionReason]: (typeof rejectionReasons)[R]['of'] extends Code ? R : never;
}[RejectionReason];

/** Reasons to reject a file as a program. */
export type ProgramReason = ReasonOf<'executable-refused'>;

export function reasonSentence(reason: RejectionReason, extension = ''): string {
  return rejectionReasons[reason].sentence.replace('{extension}', extension);
}

export const isReason = (word: unknown): word is RejectionReason =>
  typeof word === 'string' && Object.hasOwn(rejectionReasons, word);
