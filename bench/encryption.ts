/** Encryption at rest against the exchange without it, in one run: `npm run bench:encryption`. */
import { parseArgs } from 'node:util';
import { figure, titleOf } from './report/labels.ts';
import { measuredTable } from './report/performance-page.ts';
import { ratioOf } from './report/ratios.ts';
import { runWorkloads, type Workload } from './run.ts';
import { runTransfer, transfers } from './workloads/transfers.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '4k,50m' },
    profile: { type: 'string' },
  },
});

const peers = ['ours', 'encrypted'] as const;

/** The throughput with encryption, at least this many times that without. */
const targets: Readonly<Record<string, number>> = {
  '4k-up': 0.9,
  '4k-down': 0.9,
  '50m-up': 0.85,
  '50m-down': 0.85,
};

const works: Record<string, Workload> = {};
for (const name of values.only.split(',')) {
  const transfer = transfers[name];
  if (transfer)
    works[name] = (bench) => runTransfer(name, { ...transfer, up: peers, down: peers }, ['up', 'down'], bench);
}
const { rounds, profile } = values;
const { measured } = await runWorkloads(works, { peers, rounds: Number(rounds), profile });
console.log(measuredTable(measured));
for (const [work, of] of Object.entries(measured)) {
  const [plain = [], encrypted = []] = peers.map((id) => (of[id] ?? []).map(({ perSecond }) => perSecond));
  const ratio = ratioOf(encrypted, plain);
  if (!ratio) continue;
  const target = targets[work] ?? 0;
  const verdict = ratio.median >= target ? 'met' : 'NOT met';
  const range = `${figure(ratio.min)}–${figure(ratio.max)}`;
  console.log(`${titleOf(work)}: ${figure(ratio.median)} × (${range}), target ≥ ${target} ×: ${verdict}`);
}
