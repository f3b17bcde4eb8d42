/**
 * Fails if the exchange has become slower: `npm run bench:guard` compares it briefly with bare Node.js, which stores
 * nothing. Exits with 1 if a ratio is, twice, more than a third below that of the recorded whole run.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bestOf, type Ratios, ratiosOf, regressions } from './report/ratios.ts';
import { runWorkloads, type Workload } from './run.ts';
import { runTransfer, transfers } from './workloads/transfers.ts';

const rounds = 3;
const seconds = 1.2;
const tries = 2;

const recorded = JSON.parse(await readFile(join(import.meta.dirname, 'report/baseline.json'), 'utf8')) as Ratios;

const works: Record<string, Workload> = {};
for (const name of ['4k', '1m']) {
  const transfer = transfers[name];
  if (!transfer) continue;
  const short = { ...transfer, amount: { ...transfer.amount, seconds } };
  works[name] = (bench) => runTransfer(name, short, ['up', 'down'], bench);
}

let found: Ratios = {};
let faults: string[] = [];
for (let attempt = 0; attempt < tries; attempt++) {
  const { measured } = await runWorkloads(works, { peers: ['ours', 'bare'], rounds });
  found = bestOf(found, ratiosOf(measured));
  console.log(JSON.stringify(found));
  faults = regressions(found, recorded);
  if (faults.length === 0) break;
  console.log(faults.join('\n'));
}
process.exitCode = faults.length === 0 ? 0 : 1;
