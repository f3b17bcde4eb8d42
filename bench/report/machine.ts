/** What a figure is worth nothing without: the machine it was measured on. */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './ratios.ts';

/** A sentence, without its beginning. */
export async function machineFacts(): Promise<string> {
  const day = new Date().toISOString().slice(0, 10);
  const cores = availableParallelism();
  const model = cpus()[0]?.model ?? 'unknown';
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${day}, on ${cores} cores of ${model} with ${memory} GiB, Linux ${release()}, ` +
    `${await fileSystem()} where 4 KiB are written and synced in ${(await syncTime()).toFixed(2)} ms, ` +
    `Node.js ${process.versions.node}.`
  );
}

/** The kind of file system that temporary files lie on. */
async function fileSystem(): Promise<string> {
  const mounts = (await readFile('/proc/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' '));
  const place = join(tmpdir(), '/');
  const above = mounts.filter(([, at = '']) => place.startsWith(at === '/' ? at : `${at}/`));
  above.sort(([, a = ''], [, b = '']) => b.length - a.length);
  return above[0]?.[2] ?? 'an unknown file system';
}

/** Milliseconds, the median of many. */
async function syncTime(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-sync-'));
  const file = await open(join(folder, 'file'), 'w');
  const taken: number[] = [];
  const bytes = Buffer.alloc(4096, 'a');
  for (let n = 0; n < 200; n++) {
    const begun = performance.now();
    await file.write(bytes, 0, bytes.length, n * bytes.length);
    await file.datasync();
    taken.push(performance.now() - begun);
  }
  await file.close();
  await rm(folder, { recursive: true });
  return median(taken);
}
