/**
 * The time of a draw while the sweep expires many gifts: `npm run bench:sweep`, or `npm run bench:sweep -- 100000 10000` for
 * 10,000 expired gifts among 100,000. Draws are durable, one after another.
 */
import { createHash, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expiryBatch } from '../src/exchange/maintenance/sweep.ts';
import { openSqliteLedger } from '../src/ledger/create-ledger.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import type { Deadlines, NewGift } from '../src/ledger/types.ts';

const [gifts = 1_000_000, expired = 100_000] = process.argv.slice(2).map(Number);
const drawsBefore = 3_000;

/** When the gifts are given, when some of them end, and when the sweep runs. */
const times = { given: 0, end: 1_000, swept: 2_000 } as const;

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

const deadlinesAt = (now: number): Deadlines => ({
  now,
  leaseUntil: now + 1e9,
  holdUntil: now + 1e9,
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
    kind: 'text',
    mimeType: 'text/plain',
    size: 4096,
    sha256,
    checks: new Uint8Array(4),
    ticketHash: null,
    maxPoolBytes: Number.POSITIVE_INFINITY,
    expiresAt: n % Math.floor(gifts / expired) === 0 ? times.end : null,
  };
}

async function fill(ledger: Ledger): Promise<void> {
  const step = 5_000;
  for (let done = 0; done < gifts; done += step) {
    const batch = Array.from({ length: Math.min(step, gifts - done) }, (_, i) => gift(done + i));
    await Promise.all(batch.map((one) => ledger.give(one, deadlinesAt(times.given))));
    process.stderr.write(`\rfilling: ${done + batch.length} `);
  }
  process.stderr.write('\n');
}

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
  await fill(ledger);
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
