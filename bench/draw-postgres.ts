/**
 * Benchmark of draws on PostgreSQL with fsync: `npm run bench:postgres`, or `npm run bench:postgres -- 1000 10000000`
 * for pools of other sizes. The ledger competes with a naive counter row, and large pools with small ones (P6); medians
 * of per-round ratios count.
 */
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { type DrawMethod, type DrawProcess, startDrawProcess } from '../test/clients/draw-processes.ts';
import { skipReason, startPostgres } from '../test/setup/postgres.ts';
import { median } from './report/ratios.ts';
import {
  type ExchangePool,
  logAllPages,
  makeDensePool,
  makePool,
  restorePool,
  ticketOf,
  vacuumAndCheckpoint,
  warmCache,
} from './tools/postgres-pool.ts';

const clients = 32;

interface DrawRate {
  readonly perSecond: number;
  /** The median time of a draw. */
  readonly milliseconds: number;
}

/** A measurement that each round repeats. */
interface Contestant {
  readonly name: string;
  readonly draws: number;
  readonly processes: readonly DrawProcess[];
  ready(): Promise<void>;
}

const startProcesses = (method: DrawMethod, url: string, count: number): Promise<DrawProcess[]> =>
  Promise.all(Array.from({ length: count }, () => startDrawProcess(url, method)));

/** Draws with the tickets 1…draws, an equal share by each process. */
async function measureDraws({ processes, draws }: Contestant): Promise<DrawRate> {
  const share = Math.floor(draws / processes.length);
  const orders = processes.map((_, index) => ({
    tickets: Array.from({ length: share }, (_, n) => ticketOf(1 + index * share + n)),
    clients: Math.ceil(clients / processes.length),
    now: 1,
    receive: false,
  }));
  const begun = performance.now();
  const drawn = await Promise.all(processes.map((one, index) => one.draw(orders[index] as (typeof orders)[number])));
  const seconds = (performance.now() - begun) / 1000;
  const all = drawn.flat();
  if (all.length < share * processes.length) throw new Error('a ticket drew nothing');
  const milliseconds = median(all.map((one) => one.milliseconds));
  return { perSecond: all.length / seconds, milliseconds };
}

async function compare(title: string, rounds: number, all: readonly Contestant[]): Promise<void> {
  const taken = all.map((): DrawRate[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, one] of all.entries()) {
      await one.ready();
      const measured = await measureDraws(one);
      // The first round only warms up.
      if (round >= 0) taken[i]?.push(measured);
    }
  }
  const load = `load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
  console.log(`${title}: ${clients} clients, ${rounds} rounds, ${load}`);
  for (const [i, { name }] of all.entries()) report(name, taken[i] ?? [], taken[0] ?? []);
}

function report(name: string, measured: readonly DrawRate[], first: readonly DrawRate[]): void {
  const ratios = measured.map((one, round) => one.perSecond / (first[round]?.perSecond ?? 1));
  const figure = (value: number) => value.toFixed(2);
  console.log(
    `  ${name}: ${median(measured.map((one) => one.perSecond)).toFixed(0)} /s, ` +
      `each ${median(measured.map((one) => one.milliseconds)).toFixed(1)} ms; ` +
      `ratio ${figure(median(ratios))} (${figure(Math.min(...ratios))}–${figure(Math.max(...ratios))})`,
  );
}

/** Compares the ledger's draws with those of a counter row. */
async function compareDesigns(pool: ExchangePool): Promise<void> {
  const ready = async () => {
    await restorePool(pool);
    await vacuumAndCheckpoint(pool.client);
  };
  const counter = await startProcesses('counter', pool.url, 1);
  const single = await startProcesses('ledger', pool.url, 1);
  const three = await startProcesses('ledger', pool.url, 3);
  await compare('designs', 9, [
    {
      name: 'counter row',
      draws: 2_000,
      processes: counter,
      ready: async () => {
        await makeDensePool(pool);
        await vacuumAndCheckpoint(pool.client);
      },
    },
    { name: 'ledger, one process', draws: 6_000, processes: single, ready },
    { name: 'ledger, three processes', draws: 6_000, processes: three, ready },
  ]);
  for (const process of [...counter, ...single, ...three]) await process.stop();
}

/** Few draws, so that the smallest pool keeps most of its gifts; reading a row changes nothing. */
const asks = { ledger: 400, row: 8_000 } as const;

async function compareSizes(title: string, pools: readonly ExchangePool[]): Promise<void> {
  for (const way of ['ledger', 'row'] as const) {
    const contestants: Contestant[] = [];
    for (const pool of pools) {
      contestants.push({
        name: `${pool.size} gifts`,
        draws: asks[way],
        processes: await startProcesses(way, pool.url, 1),
        ready: () => restorePool(pool),
      });
    }
    await compare(`${title}, ${way}`, 25, contestants);
    for (const process of contestants.flatMap((one) => one.processes)) await process.stop();
  }
}

async function bench(sizes: readonly number[]): Promise<void> {
  // The memory that docs/guide/scaling.md recommends, and no checkpoint during a round.
  const server = await startPostgres([
    `shared_buffers=${Math.floor(totalmem() / 4 / 2 ** 20)}MB`,
    'max_wal_size=32GB',
    'checkpoint_timeout=1h',
  ]);
  const pools: ExchangePool[] = [];
  try {
    for (const size of [20_000, ...sizes]) {
      const name = `pool_${pools.length}`;
      const all = await makePool(server.url(), 0);
      await all.client.query(`create database ${name}`);
      await all.client.end();
      pools.push(await makePool(server.url(name), size));
    }
    const [first, ...others] = pools;
    if (first) await compareDesigns(first);
    for (const { client } of others) {
      await warmCache(client);
      await vacuumAndCheckpoint(client);
    }
    await compareSizes('sizes, right after a checkpoint', others);
    for (const pool of others) await logAllPages(pool);
    await compareSizes('sizes, once all pages were logged', others);
  } finally {
    for (const { client } of pools) await client.end();
    await server.stop();
  }
}

const reason = await skipReason();
if (reason !== undefined) throw new Error(`This cannot be measured here: ${reason}.`);
const sizes = process.argv.slice(2).map(Number);
await bench(sizes.length > 0 ? sizes : [1_000, 100_000, 1_000_000]);
