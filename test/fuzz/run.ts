/**
 * Fuzzes the service: `npm run fuzz` for a minute, `-- --for 10m` for longer, `-- --seed N --runs N` for one plan. `--
 * --replay FILE` repeats a failed batch or a request of the corpus.
 */
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ms, { type StringValue } from 'ms';
import { connectionsOf, fuzz, replay } from './fuzz.ts';
import type { FuzzConnection } from './target.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    path: { type: 'string' },
    runs: { type: 'string', default: '50' },
    for: { type: 'string', default: '1m' },
    replay: { type: 'string' },
  },
});
// An uncaught error is a fault and must not pass for a normal end.
process.on('uncaughtException', (error) => {
  console.error('Uncaught:', error);
  process.exitCode = 1;
});
/** Limit for shrinking a failure, in milliseconds. */
const shrinking = 120_000;

if (values.replay === undefined) await runPlans();
else await again(values.replay);

async function runPlans(): Promise<void> {
  const until = Date.now() + ms(values.for as StringValue);
  do {
    const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
    const { batches, connections, failure } = await fuzz({
      ...{ seed, runs: Number(values.runs), atMost: shrinking },
      ...(values.path === undefined ? {} : { path: values.path }),
    });
    console.log(`seed ${seed}: ${batches} batches, ${connections} connections`);
    if (failure !== undefined) {
      process.exitCode = 1;
      return report(seed, failure);
    }
  } while (process.exitCode === undefined && values.seed === undefined && Date.now() < until);
}

function report(seed: number, { report, batch }: { report: string; batch: readonly FuzzConnection[] }): void {
  const file = join(tmpdir(), `fuzz-${seed}.json`);
  writeFileSync(file, JSON.stringify(batch, null, 2));
  console.log(`${report}\nnpm run fuzz -- --replay ${file}`);
}

async function again(file: string): Promise<void> {
  const batch = file.endsWith('.json')
    ? (JSON.parse(readFileSync(file, 'utf8')) as FuzzConnection[])
    : connectionsOf(readFileSync(file, 'latin1'));
  const faults = await replay(batch);
  console.log(faults.length === 0 ? 'No fault found.' : faults.join('\n'));
  if (faults.length > 0) process.exitCode = 1;
}
