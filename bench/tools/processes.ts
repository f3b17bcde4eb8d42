/** Resource usage of process trees on Linux; see proc(5). */
import { readdir, readFile, writeFile } from 'node:fs/promises';

/** A process and all its descendants. */
export async function treeOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

/** A clock tick in milliseconds: Linux reports hundredths of a second on every architecture. */
const tick = 10;

/** CPU milliseconds of a process tree on all cores, ended children included. */
export async function cpuTime(pid: number): Promise<number> {
  const stats = await Promise.all(
    (await treeOf(pid)).map((one) => readFile(`/proc/${one}/stat`, 'utf8').catch(() => '')),
  );
  return stats.reduce((sum, stat) => sum + ticksOf(stat) * tick, 0);
}

/** User and system time of a process and of its reaped children. The name before them may contain spaces. */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Resets the peak of resident memory. */
export async function resetPeak(pid: number): Promise<void> {
  for (const one of await treeOf(pid)) await writeFile(`/proc/${one}/clear_refs`, '5').catch(() => undefined);
}

/** In bytes. */
export interface Peak {
  /** The sum over all processes, with shared file pages counted once. */
  readonly together: number;
  /** The largest single process. */
  readonly largest: number;
}

/** The peak of resident memory of each process of a tree. */
export async function peakOf(pid: number): Promise<Peak> {
  const texts = await Promise.all(
    (await treeOf(pid)).map((one) => readFile(`/proc/${one}/status`, 'utf8').catch(() => '')),
  );
  const of = (name: string) =>
    texts.map((text) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024);
  const [peaks, files] = [of('VmHWM'), of('RssFile')];
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    together: sum(peaks) - sum(files) + Math.max(...files),
    largest: Math.max(...peaks),
  };
}
