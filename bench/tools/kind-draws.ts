/** Draws of anything and by kind in turns, in pools with few gifts of one kind. */
import { type FileKind, fileKinds } from '../../src/contract/vocabulary.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { median } from '../report/ratios.ts';
import { deadlinesAt } from './sample-gifts.ts';

export const rounds = 15;
/** Fewer than a pool has of each kind. */
const drawsPerRound = (size: number) => (size < 1000 ? 10 : size < 10_000 ? 50 : 200);

/** The kind with few gifts in each larger pool, and how many. */
const rareKind = 'video';
const rareGifts = 300;
const commonKind = 'image';

/** Draws expire after each round. */
const deadlines = (now: number) => deadlinesAt(now, 1000);

const otherKinds = fileKinds.filter((kind) => kind !== rareKind);

/** How many gifts of each kind a pool has. */
export function giftsOfKinds(size: number): ReadonlyMap<FileKind, number> {
  const rare = size < 1000 ? 0 : rareGifts;
  const kinds = size < 1000 ? fileKinds : otherKinds;
  const equal = kinds.map((kind, index): [FileKind, number] => [
    kind,
    Math.floor((size - rare + kinds.length - 1 - index) / kinds.length),
  ]);
  return new Map([...equal, ...(rare > 0 ? [[rareKind, rare] as const] : [])]);
}

export interface DrawnPool {
  readonly size: number;
  readonly ledger: Ledger;
  now: number;
  drawn: number;
}

/** Microseconds a draw of these kinds, in sequence, each with its own commit. */
export async function timeDraws(pool: DrawnPool, kinds: readonly FileKind[] | null = null): Promise<number> {
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

/** Draws of anything and by kind in turns, in the same pool. */
export async function compareKinds(pool: DrawnPool): Promise<void> {
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
