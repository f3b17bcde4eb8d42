/**
 * The cost of a draw and of the statistics by pool size (P6), and of a draw by kind. Usage: `npm run bench:draw`, or `npm run
 * bench:draw -- 1000 10000` for other sizes, the smallest first.
 *
 * The pools take turns, and the median of the per-round ratios counts: to the smallest pool, or to a draw of anything. Draws
 * are durable and expire afterwards.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileKind } from '../src/contract/vocabulary.ts';
import { openSqliteLedger } from '../src/ledger/create-ledger.ts';
import { median } from './report/ratios.ts';
import { compareKinds, type DrawnPool, giftsOfKinds, rounds, timeDraws } from './tools/kind-draws.ts';
import { fillPool, giftOf } from './tools/sample-gifts.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1_000, 100_000, 1_000_000];
/** The kind of each gift of a pool. */
function kindsOf(size: number): readonly FileKind[] {
  return [...giftsOfKinds(size)].flatMap(([kind, count]) => Array<FileKind>(count).fill(kind));
}

async function fill(folder: string, size: number): Promise<DrawnPool> {
  const ledger = await openSqliteLedger(join(folder, `${size}.db`), (n) => randomInt(n));
  const kinds = kindsOf(size);
  await fillPool(ledger, size, (n) => giftOf(n, { kind: kinds[n] ?? 'text' }));
  return { size, ledger, now: 0, drawn: 0 };
}

/** Microseconds for one read of the statistics. */
async function timeStats({ ledger, now }: DrawnPool): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < statsPerRound; i++) await ledger.stats('public', now);
  return ((performance.now() - begun) * 1000) / statsPerRound;
}

const statsPerRound = 200;

async function compare(what: string, pools: readonly DrawnPool[], time: (pool: DrawnPool) => Promise<number>) {
  for (const pool of pools) await time(pool);
  const taken = pools.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, pool] of pools.entries()) taken[i]?.push(await time(pool));
  }
  for (const [i, { size }] of pools.entries()) {
    const ratios = (taken[i] ?? []).map((value, round) => value / (taken[0]?.[round] ?? 1));
    const figure = (value: number) => value.toFixed(2);
    console.log(
      `${what}, ${size} gifts: median ${median(taken[i] ?? []).toFixed(0)} µs; ` +
        `ratio ${figure(median(ratios))} (${figure(Math.min(...ratios))}–${figure(Math.max(...ratios))})`,
    );
  }
}

const folder = await mkdtemp(join(tmpdir(), 'rfx-bench-'));
try {
  const pools: DrawnPool[] = [];
  for (const size of sizes) pools.push(await fill(folder, size));
  await compare('draw', pools, (pool) => timeDraws(pool));
  for (const pool of pools) await compareKinds(pool);
  await compare('stats', pools, timeStats);
  for (const { ledger } of pools) await ledger.close();
} finally {
  await rm(folder, { recursive: true });
}
