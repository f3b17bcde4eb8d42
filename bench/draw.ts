/**
 * The cost of a draw and of the statistics by pool size (P6): `npm run bench:draw`, or `npm run bench:draw -- 1000
 * 10000` for other sizes, the smallest first. The pools take turns, and the median of the per-round ratios to the
 * smallest counts; draws are durable and expire afterwards.
 */
import { createHash, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileKinds } from '../src/contract/vocabulary.ts';
import { openSqliteLedger } from '../src/ledger/create-ledger.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import type { Deadlines, NewGift } from '../src/ledger/types.ts';
import { median } from './report/ratios.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 100_000, 1_000_000];
const rounds = 15;
const drawsPerRound = 200;

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

const deadlines = (now: number): Deadlines => ({
  now,
  leaseUntil: now + 1000,
  holdUntil: now + 1000,
  ticketUntil: now + 1e9,
  removeAt: now + 1e9,
  purgeAt: now + 1e9,
  keepUntil: now + 1e9,
});

function gift(n: number): NewGift {
  const sha256 = hash(`gift ${n}`);
  return {
    pool: 'public',
    key: sha256.slice(0, 32),
    giver: hash(`giver ${n}`),
    name: `gift ${n}.txt`,
    extension: 'txt',
    kind: fileKinds[n % fileKinds.length] as NewGift['kind'],
    mimeType: 'text/plain',
    size: 4096,
    sha256,
    checks: new Uint8Array(4),
    ticketHash: null,
    maxPoolBytes: Number.POSITIVE_INFINITY,
  };
}

interface Pool {
  readonly size: number;
  readonly ledger: Ledger;
  now: number;
  drawn: number;
}

async function fill(folder: string, size: number): Promise<Pool> {
  const ledger = await openSqliteLedger(join(folder, `${size}.db`), (n) => randomInt(n));
  const step = 5_000;
  for (let done = 0; done < size; done += step) {
    const batch = Array.from({ length: Math.min(step, size - done) }, (_, i) => gift(done + i));
    await Promise.all(batch.map((one) => ledger.give(one, deadlines(0))));
    process.stderr.write(`\rfilling ${size}: ${done + batch.length} `);
  }
  process.stderr.write('\n');
  return { size, ledger, now: 0, drawn: 0 };
}

/** Microseconds a draw, in sequence, each with its own commit. */
async function timeDraws(pool: Pool): Promise<number> {
  pool.now += 10_000;
  const begun = performance.now();
  for (let i = 0; i < drawsPerRound; i++) {
    pool.drawn++;
    const draw = { pool: 'public', giver: null, secretHash: `${pool.size} ${pool.drawn}` };
    await pool.ledger.drawFree(draw, deadlines(pool.now));
  }
  const taken = ((performance.now() - begun) * 1000) / drawsPerRound;
  await pool.ledger.expireLeases(deadlines(pool.now + 5_000), drawsPerRound);
  return taken;
}

/** Microseconds for one read of the statistics. */
async function timeStats({ ledger, now }: Pool): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < drawsPerRound; i++) await ledger.stats('public', now);
  return ((performance.now() - begun) * 1000) / drawsPerRound;
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
  await compare('draw', pools, timeDraws);
  await compare('stats', pools, timeStats);
  for (const { ledger } of pools) await ledger.close();
} finally {
  await rm(folder, { recursive: true });
}
