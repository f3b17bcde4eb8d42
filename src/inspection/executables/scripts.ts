import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';

const shell =
  /^(?:r?bash|sh|zsh|m?ksh(?:93)?|pdksh|d?ash|fish|t?csh|pwsh|powershell|elvish|nu)(?:[-.\d]+)?(?:\.exe)?$/i;
/** Programs that hold a shell; its name is their first argument. */
const boxes = /^(?:busybox|toybox)$/i;
const firstLine = /^[^\r\n]{0,1024}/;
const maxBatchLines = 20;
const mayBeBatch = /^\s*(?:@|::|rem\b)/i;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** True if a shell gets options only. It would read another file than this one if it got more words, as in prose. */
const hasOptionsOnly = (words: readonly string[]): boolean => words.every((word) => /^[-+]/.test(word));

/** Finds `bash` in `#!/usr/bin/env -S FOO=1 bash -e`. See execve(2) for the rules of Linux. */
function runsInShell(opening: string): boolean {
  if (!opening.startsWith('#!')) return false;
  const line = firstLine.exec(opening)?.[0] ?? '';
  const [program = '', ...rest] = line.slice(2).trim().split(/\s+/);
  if (boxes.test(baseName(program))) return hasOptionsOnly(rest.slice(1));
  if (baseName(program) !== 'env') return shell.test(baseName(program)) && hasOptionsOnly(rest);
  const words = rest.map((word) => word.replace(/^(?:-S|--split-string=)/, ''));
  const at = words.findIndex((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
  return at >= 0 && shell.test(baseName(words[at] as string)) && hasOptionsOnly(words.slice(at + 1));
}

const echoOff = /^@\s*echo\s+off\s*(?:$|[&|>)])/i;

/** A batch file whose first command is `@echo off`. */
function isBatch(opening: string): boolean {
  if (!mayBeBatch.test(opening)) return false;
  const first = opening
    .split(/[\r\n]+/, maxBatchLines)
    .map((line) => line.trim())
    .find((line) => line !== '' && !/^(?:@?rem\b|::)/i.test(line));
  return first !== undefined && echoOff.test(first);
}

const registryHeader = /^(?:REGEDIT4|Windows Registry Editor Version \d\.\d\d)[ \t]*(?:[\r\n]+|$)/i;

/** The header has a line of its own, and keys or comments follow. */
function isRegistryFile(opening: string): boolean {
  const header = registryHeader.exec(opening)?.[0];
  return header !== undefined && /^\s*(?:$|[[;])/.test(opening.slice(header.length));
}

/**
 * The reason to reject a shell or system script by its first characters; undefined for other files. Code in a programming
 * language (`#!/usr/bin/env python3`) is accepted as kind "code".
 */
export function scriptReason(opening: string): ProgramReason | undefined {
  if (runsInShell(opening)) return 'shell-script';
  if (isBatch(opening)) return 'batch-file';
  if (isRegistryFile(opening)) return 'registry-settings';
  return undefined;
}
