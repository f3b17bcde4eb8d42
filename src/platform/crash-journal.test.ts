import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCrashJournal, readCrashJournals } from './crash-journal.ts';

const home = mkdtempSync(join(tmpdir(), 'rfx-notes-'));
afterAll(() => rmSync(home, { recursive: true }));

it('keeps the notes of a killed process, without those that it erased', async () => {
  const folder = join(home, 'killed');
  const code = `
    const { openCrashJournal } = await import(${JSON.stringify(join(import.meta.dirname, 'crash-journal.ts'))});
    const notes = openCrashJournal(${JSON.stringify(folder)});
    notes.add('1 first');
    notes.add('2 second')();
    notes.add('3 third');
    console.log('noted');
    setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(readCrashJournals(folder).notes).toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { notes, remove } = readCrashJournals(folder);
  expect(notes).toEqual(['1 first', '3 third']);
  remove();
  expect(readdirSync(folder)).toEqual([]);
});

it('does not read the notes of this process, and removes its file when all notes are erased', () => {
  const folder = join(home, 'own');
  const notes = openCrashJournal(folder);
  const erase = notes.add('1 first');
  expect(readCrashJournals(folder).notes).toEqual([]);
  erase();
  notes.close();
  expect(readdirSync(folder)).toEqual([]);
});

it('keeps notes that are not erased when it closes', () => {
  const folder = join(home, 'closed');
  const notes = openCrashJournal(folder);
  notes.add('1 first');
  notes.close();
  expect(readCrashJournals(folder).notes).toEqual(['1 first']);
});

it('goes on without notes where no file can be made', () => {
  const folder = join(home, 'taken');
  writeFileSync(folder, '');
  const notes = openCrashJournal(join(folder, 'below'));
  notes.add('1 first')();
  notes.close();
  expect(existsSync(join(folder, 'below'))).toBe(false);
});
