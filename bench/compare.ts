/** The exchange against its peers: `npm run bench`, or `npm run bench -- --help`; see `docs/measurements/performance.md`. */
import { parseArgs } from 'node:util';
import { removeNginx } from './peers/nginx.ts';
import { peerIds } from './peers/peer.ts';
import { comparisonTable, measuredTable, writePerformance } from './report/performance-page.ts';
import { runWorkloads, type Workload } from './run.ts';
import { runAgedStore } from './workloads/aged-store.ts';
import { runConcurrentDraws } from './workloads/concurrent-draws.ts';
import { runExchange } from './workloads/exchange.ts';
import { runPoolSizes } from './workloads/pool-sizes.ts';
import { runSameProgram } from './workloads/same-program.ts';
import { type Direction, runTransfer, transfers } from './workloads/transfers.ts';

const others: Readonly<Record<string, Workload>> = {
  sizes: runPoolSizes,
  exchange: runExchange,
  aged: runAgedStore,
  drawers: runConcurrentDraws,
  processes: runSameProgram,
};
const names = [...Object.keys(transfers), ...Object.keys(others)];

const help = `npm run bench -- [options]

  --only WORK,…      of ${names.join(', ')}; uploads or downloads alone: 4k-up, 4k-down, …
  --peers WHO,…      of ${peerIds.join(', ')}
  --rounds N         5 where nothing is said
  --profile FOLDER   Node.js says there where the exchange spends its time
  --write            writes docs/measurements/performance.md, and what the guard compares with; takes all works and peers
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(help);
else await compare().finally(removeNginx);

async function compare(): Promise<void> {
  const isWhole = values.only === undefined && values.peers === undefined;
  if (values.write && !isWhole) throw new Error('Only a whole run is written down.');
  const results = await runWorkloads(chosenWorks(values.only?.split(',') ?? names), {
    peers: values.peers?.split(',') ?? peerIds,
    rounds: Number(values.rounds),
    profile: values.profile,
  });
  console.log(`${measuredTable(results.measured)}\n${comparisonTable(results.comparisons)}`);
  if (values.write) await writePerformance(results);
}

function chosenWorks(only: readonly string[]): Record<string, Workload> {
  const known = names.flatMap((name) => [name, `${name}-up`, `${name}-down`]);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no work "${unknown}".\n\n${help}`);
  const chosen: Record<string, Workload> = {};
  for (const [name, transfer] of Object.entries(transfers)) {
    const directions = (['up', 'down'] as const).filter(
      (direction: Direction) => only.includes(name) || only.includes(`${name}-${direction}`),
    );
    if (directions.length > 0) chosen[name] = (bench) => runTransfer(name, transfer, directions, bench);
  }
  for (const [name, work] of Object.entries(others)) if (only.includes(name)) chosen[name] = work;
  return chosen;
}
