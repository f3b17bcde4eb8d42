/** Saves the history of a failed run, for `--judge`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScenarioResult } from './scenario-runner.ts';

const folder = join(import.meta.dirname, '../../dist/faults');

/** Writes the artifact of a run and returns its path. */
export async function saveArtifact(
  name: string,
  { seed, artifact, verdict, complaints }: ScenarioResult,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}-${seed}.json`);
  await writeFile(file, JSON.stringify({ ...artifact, verdict, complaints }, undefined, 1));
  return file;
}
