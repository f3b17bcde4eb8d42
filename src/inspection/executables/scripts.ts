import type { ProgramReason } from '../../contract/problems/rejection-reasons.ts';

const shell =
  /^(?:r?bash|sh|zsh|m?ksh(?:93)?|pdksh|d?ash|fish|t?csh|pwsh|powershell|elvish|nu|busybox|toybox)(?:[-.\d]+)?(?:\.exe)?$/i;
const firstLine = /^[^\r\n]{0,1024}/;
const maxBatchLines = 20;
const mayBeBatch = /^\s*(?:@|::|rem\b)/i;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Finds `bash` in `#!/usr/bin/env -S FOO=1 bash -e`. See execve(2) for the rules of Linux. */
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

/** A batch file whose first command is `@echo off`. */
function isBatch(opening: string): boolean {
  if (!mayBeBatch.test(opening)) return false;
  const first = opening
    .split(/[\r\n]+/, maxBatchLines)
    .map((line) => line.trim())
    .find((line) => line !== '' && !/^(?:@?rem\b|::)/i.test(line));
  return first !== undefined && /^@\s*echo\s+off\b/i.test(first);
}

const isRegistryFile = (opening: string): boolean =>
  /^(?:REGEDIT4\s|Windows Registry Editor Version \d)/i.test(opening);

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
