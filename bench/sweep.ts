/**
 * The time of a draw while the sweep expires many gifts: `npm run bench:sweep`, or `npm run bench:sweep -- 100000 10000` for
 * 10,000 expired gifts among 100,000. Draws are durable, one after another.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expiryBatch } from '../src/exchange/events.ts';
import { openSqliteLedger } from '../src/ledger/create-ledger.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import { deadlinesAt, fillPool, giftOf } from './tools/sample-gifts.ts';

const [gifts = 1_000_000, expired = 100_000] = process.argv.slice(2).map(Number);
const drawsBefore = 3_000;

/** When draws are made, when some of the gifts end, and when the sweep runs. */
const times = { given: 0, end: 1_000, swept: 2_000 } as const;

const gift = (n: number) => giftOf(n, { expiresAt: n % Math.floor(gifts / expired) === 0 ? times.end : null });

let drawn = 0;

/** Milliseconds of each draw, until `isOver`. */
async function timeDraws(ledger: Ledger, isOver: (draws: number) => boolean): Promise<number[]> {
  const taken: number[] = [];
  while (!isOver(taken.length)) {
    const draw = { pool: 'public', giver: null, secretHash: `secret ${drawn++}` };
    const begun = performance.now();
    await ledger.drawFree(draw, deadlinesAt(times.given));
    taken.push(performance.now() - begun);
  }
  return taken;
}

function report(what: string, taken: number[]): number {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  console.log(`${what}: ${sorted.length} draws, median ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms`);
  return at(0.99);
}

/** Expires all that is due, as the sweep does. */
async function expireAll(ledger: Ledger): Promise<number> {
  let total = 0;
  for (;;) {
    const { count } = await ledger.expire(deadlinesAt(times.swept), times.given, expiryBatch);
    total += count;
    if (count === 0) return total;
  }
}

const folder = await mkdtemp(join(tmpdir(), 'rfx-bench-'));
try {
  const ledger = await openSqliteLedger(join(folder, 'ledger.db'), (n) => randomInt(n));
  await fillPool(ledger, gifts, gift);
  await timeDraws(ledger, (draws) => draws === 500);
  const before = report('without a sweep', await timeDraws(ledger, (draws) => draws === drawsBefore));
  let isSwept = false;
  const begun = performance.now();
  const sweeping = expireAll(ledger).finally(() => {
    isSwept = true;
  });
  const during = report('during the sweep', await timeDraws(ledger, () => isSwept));
  const total = await sweeping;
  const seconds = (performance.now() - begun) / 1000;
  const after = report('after the sweep', await timeDraws(ledger, (draws) => draws === drawsBefore));
  console.log(`${total} of ${gifts} gifts expired in ${seconds.toFixed(1)} s`);
  console.log(`p99 during the sweep: ${(during / ((before + after) / 2)).toFixed(2)} times the usual`);
  await ledger.close();
} finally {
  await rm(folder, { recursive: true });
}
