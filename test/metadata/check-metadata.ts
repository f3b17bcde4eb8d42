/** Gives files that ask for the removal of metadata, draws them again, and judges what has come. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { TestApp } from '../setup/test-app.ts';
import { type CleanedPair, changesOf, exiftoolFinds, mat2Finds, plantedIn } from './judge-files.ts';

export interface MetadataCheck {
  /** The number of cleaned files by extension. */
  readonly cleaned: ReadonlyMap<string, number>;
  /** Files that were refused, with the reason. */
  readonly refused: readonly string[];
  /** Cleaned files that mat2 cannot read. */
  readonly unread: readonly string[];
  /** Faults, as sentences. */
  readonly faults: readonly string[];
}

/** Cleans and judges files. The copies are in a folder of their own. */
export async function checkMetadata(app: TestApp, files: readonly string[], folder: string): Promise<MetadataCheck> {
  await mkdir(folder, { recursive: true });
  const pairs: CleanedPair[] = [];
  const refused: string[] = [];
  for (const [index, before] of files.entries()) {
    const outcome = await passOn(app, before);
    if (typeof outcome === 'string') {
      refused.push(`${basename(before)}: ${outcome}`);
      continue;
    }
    const after = join(folder, `${index}-${basename(before)}`);
    await writeFile(after, outcome);
    pairs.push({ before, after });
  }
  const copies = pairs.map(({ after }) => after);
  const { found, unread } = await mat2Finds(copies);
  const faults = [...(await exiftoolFinds(copies)), ...found];
  for (const pair of pairs) faults.push(...(await plantedIn(pair.after)), ...(await changesOf(pair)));
  const kinds = Map.groupBy(copies, (file) => extname(file).slice(1).toLowerCase());
  return { cleaned: new Map([...kinds].map(([kind, all]) => [kind, all.length])), refused, unread, faults };
}

/** Gives a file and draws it; answers the reason if it is refused. */
async function passOn(app: TestApp, file: string): Promise<Buffer | string> {
  const answer = await app.upload(basename(file), await readFile(file), { 'exchange-strip-metadata': '1' });
  const { type = '', reason = '' } = (await answer.json()) as { type?: string; reason?: string };
  if (!answer.ok) return `${type.replace(/^.*#/, '')} ${reason}`;
  const drawn = await fetch(`${app.url}/api/download`);
  return Buffer.from(await drawn.arrayBuffer());
}
