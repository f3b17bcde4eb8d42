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
import { type FileKind, fileKinds } from '../src/contract/vocabulary.ts';
import { openSqliteLedger } from '../src/ledger/create-ledger.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import { median } from './report/ratios.ts';
import { deadlinesAt, fillPool, giftOf } from './tools/sample-gifts.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1_000, 100_000, 1_000_000];
const rounds = 15;
/** Fewer than a pool has of each kind. */
const drawsPerRound = (size: number) => (size < 1000 ? 10 : size < 10_000 ? 50 : 200);

/** The kind with few gifts in each larger pool, and how many. */
const rareKind = 'video';
const rareGifts = 300;
const commonKind = 'image';

/** Draws expire after each round. */
const deadlines = (now: number) => deadlinesAt(now, 1000);

const otherKinds = fileKinds.filter((kind) => kind !== rareKind);

function kindOf(n: number, size: number): FileKind {
  const kinds = size < 1000 ? fileKinds : n < rareGifts ? [rareKind] : otherKinds;
  return kinds[n % kinds.length] as FileKind;
}

interface Pool {
  readonly size: number;
  readonly ledger: Ledger;
  now: number;
  drawn: number;
}

async function fill(folder: string, size: number): Promise<Pool> {
  const ledger = await openSqliteLedger(join(folder, `${size}.db`), (n) => randomInt(n));
  await fillPool(ledger, size, (n) => giftOf(n, { kind: kindOf(n, size) }));
  return { size, ledger, now: 0, drawn: 0 };
}

/** Microseconds a draw of these kinds, in sequence, each with its own commit. */
async function timeDraws(pool: Pool, kinds: readonly FileKind[] | null = null): Promise<number> {
  pool.now += 10_000;
  const draws = drawsPerRound(pool.size);
  const begun = performance.now();
  for (let i = 0; i < draws; i++) {
    pool.drawn++;
    const draw = { pool: 'public', giver: null, secretHash: `${pool.size} ${pool.drawn}`, kinds };
    const { outcome } = await pool.ledger.drawFree(draw, deadlines(pool.now));
    if (outcome !== 'drawn') throw new Error('nothing was drawn');
  }
  const taken = ((performance.now() - begun) * 1000) / draws;
  await pool.ledger.expireLeases(deadlines(pool.now + 5_000), draws);
  return taken;
}

/** Microseconds for one read of the statistics. */
async function timeStats({ ledger, now }: Pool): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < statsPerRound; i++) await ledger.stats('public', now);
  return ((performance.now() - begun) * 1000) / statsPerRound;
}

const statsPerRound = 200;

/** Draws of anything and by kind in turns, in the same pool. */
async function compareKinds(pool: Pool): Promise<void> {
  const wishes = { anything: null, [commonKind]: [commonKind], [rareKind]: [rareKind] } as const;
  const names = Object.keys(wishes) as (keyof typeof wishes)[];
  const taken = new Map(names.map((name): [string, number[]] => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const time = await timeDraws(pool, wishes[name]);
      if (round >= 0) taken.get(name)?.push(time);
    }
  }
  for (const name of names) {
    const times = taken.get(name) ?? [];
    const ratios = times.map((time, round) => time / (taken.get('anything')?.[round] ?? 1));
    console.log(
      `draw of ${name}, ${pool.size} gifts: median ${median(times).toFixed(0)} µs; ratio ${median(ratios).toFixed(2)}`,
    );
  }
}

async function compare(what: string, pools: readonly Pool[], time: (pool: Pool) => Promise<number>) {
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
  const pools: Pool[] = [];
  for (const size of sizes) pools.push(await fill(folder, size));
  await compare('draw', pools, (pool) => timeDraws(pool));
  for (const pool of pools) await compareKinds(pool);
  await compare('stats', pools, timeStats);
  for (const { ledger } of pools) await ledger.close();
} finally {
  await rm(folder, { recursive: true });
}
