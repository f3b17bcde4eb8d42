import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';

const shell =
  /^(?:r?bash|sh|zsh|m?ksh(?:93)?|pdksh|d?ash|fish|t?csh|pwsh|powershell|elvish|nu|busybox|toybox)(?:[-.\d]+)?(?:\.exe)?$/i;
const firstLine = /^[^\r\n]{0,1024}/;
const batchSize = 20;
const mayBeBatch = /^\s*(?:@|::|rem\b)/i;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `bash` of `#!/usr/bin/env -S FOO=1 bash -e`; POSIX leaves the line to the system, Linux's rule is execve(2). */
function runsInShell(opening: string): boolean {
  if (!opening.startsWith('#!')) return false;
  const line = firstLine.exec(opening)?.[0] ?? '';
  const [program = '', ...rest] = line.slice(2).trim().split(/\s+/);
  if (baseName(program) !== 'env') return shell.test(baseName(program));
  const wanted = rest
    .map((word) => word.replace(/^(?:-S|--split-string=)/, ''))
    .find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
  return wanted !== undefined && shell.test(baseName(wanted));
}

/** A batch file that says `@echo off` before it does anything. */
function isBatch(opening: string): boolean {
  if (!mayBeBatch.test(opening)) return false;
  const first = opening
    .split(/[\r\n]+/, batchSize)
    .map((line) => line.trim())
    .find((line) => line !== '' && !/^(?:@?rem\b|::)/i.test(line));
  return first !== undefined && /^@\s*echo\s+off\b/i.test(first);
}

const isRegistryFile = (opening: string): boolean =>
  /^(?:REGEDIT4\s|Windows Registry Editor Version \d)/i.test(opening);

/**
 * Why a file that opens with these characters is a script for the system itself; undefined when it is none. Code in a
 * programming language (`#!/usr/bin/env python3`) is not: that is what the kind "code" is for.
 */
export function scriptReason(opening: string): ProgramReason | undefined {
  if (runsInShell(opening)) return 'shell-script';
  if (isBatch(opening)) return 'batch-file';
  if (isRegistryFile(opening)) return 'registry-settings';
  return undefined;
}
