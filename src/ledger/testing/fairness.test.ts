import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileKind } from '../../contract/vocabulary.ts';
import { createLedger } from '../create-ledger.ts';
import type { FillEstimate, Random } from '../engine/isolation.ts';
import { openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Ledger } from '../ledger.ts';
import { type Exclusions, pickExactly } from '../matching/eligible-gifts.ts';
import { countSlots, rangesOf } from '../matching/kind-slots.ts';
import { pickForEach } from '../matching/random-pick.ts';
import type { Tables } from '../schema/tables.ts';
import { findTiers } from '../stats/counters.ts';
import { alarms, chiSquared, criticalValue, unfairness } from './fairness.ts';
import {
  deadlinesAt,
  deliveryOf,
  draw,
  drawFree,
  give,
  givePlain,
  newGift,
  seededRandom,
  start,
  statsOf,
} from './samples.ts';

const gifts = 1000;
const extensions = ['txt', 'png', 'pdf'] as const;
const kinds = { txt: 'text', png: 'image', pdf: 'pdf' } as const;

let folder: string;
let db: Kysely<Tables>;
let ledger: Ledger;
let keys: string[];

/** A gift of one of three kinds, in unequal shares, and of one of three givers in rotation. */
function giftOf(number: number) {
  const extension = extensions[number % 7 < 4 ? 0 : number % 7 < 6 ? 1 : 2] ?? 'txt';
  return newGift({ giver: `giver ${number % 3}`, extension, kind: kinds[extension] });
}

/** Gives, draws, expires leases, withdraws and expires gifts until slots have moved many times and 1,000 gifts are left. */
async function churn(): Promise<void> {
  const rolls = seededRandom(7);
  for (let round = 0; round < 12; round += 1) {
    const now = start + round * 1000;
    const deadlines = deadlinesAt(now);
    await Promise.all(Array.from({ length: 150 }, (_, n) => ledger.give(giftOf(n), deadlines)));
    const mine = await Promise.all(Array.from({ length: 40 }, () => give(ledger, {}, deadlines)));
    for (const { ticket } of mine) {
      const roll = rolls(4);
      if (roll === 0) await ledger.withdraw(ticket, deadlines).catch(() => {});
      if (roll === 1) await draw(ledger, ticket, deadlines);
      if (roll === 2) await ledger.complete(deliveryOf(await draw(ledger, ticket, deadlines)).id, deadlines);
    }
    for (let n = 0; n < 60; n += 1) await drawFree(ledger, null, deadlines);
    await ledger.expireLeases(deadlinesAt(now + 500), 30);
    await ledger.expire(deadlinesAt(now + 500), now - 2500, 1000);
  }
  await ledger.expireLeases(deadlinesAt(start + 99_000), 10_000);
  await ledger.expire(deadlinesAt(start + 99_000), 0, 10_000);
  await fitTo(gifts);
}

async function fitTo(count: number): Promise<void> {
  const deadlines = deadlinesAt(start + 99_000);
  for (let { gifts } = await statsOf(ledger); gifts !== count; ) {
    if (gifts > count) await ledger.complete(deliveryOf(await drawFree(ledger)).id, deadlines);
    else await ledger.give(giftOf(gifts), deadlines);
    ({ gifts } = await statsOf(ledger));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-fairness-'));
  db = await openSqlite(join(folder, 'ledger.db'));
  ledger = createLedger(db, sqlite, seededRandom(1));
  await churn();
  keys = await keysNotOf(null);
}, 60_000);

afterAll(async () => {
  await ledger.close();
  await rm(folder, { recursive: true });
});

async function keysNotOf(giver: string | null): Promise<string[]> {
  const rows = await db.selectFrom('gift').select(['key', 'giver']).where('slot', 'is not', null).execute();
  return rows.filter((row) => row.giver !== giver).map(({ key }) => key);
}

async function keysById(): Promise<Map<number, string>> {
  const rows = await db.selectFrom('gift').select(['id', 'key']).execute();
  return new Map(rows.map(({ id, key }) => [id, key]));
}

const request = (exclusions: Exclusions | null) => ({ exclusions, kinds: null, owedKind: null });

/** How unfair many draws are to the eligible gifts. */
async function draws(
  random: Random,
  eligible: readonly string[],
  count: number,
  own: Exclusions | null = null,
  kinds: readonly FileKind[] | null = null,
) {
  const { main: pool } = await findTiers(db, 'public');
  const keyOf = await keysById();
  const pick = async () => {
    const [rolled] = await pickForEach(db, pool, [{ exclusions: own, kinds, owedKind: null }], random);
    return keyOf.get((rolled ?? (await pickExactly(db, pool, own, kinds, random)))?.id ?? 0);
  };
  return unfairness(eligible, count, pick);
}

describe('the test of fairness', { timeout: 60_000 }, () => {
  it('computes the critical values of published tables', () => {
    // Abramowitz and Stegun, table 26.8, and R's qchisq.
    expect(criticalValue(10, alarms.oneInAThousand)).toBeCloseTo(29.59, 0);
    expect(criticalValue(100, alarms.oneInAThousand)).toBeCloseTo(149.45, 0);
    expect(criticalValue(999, alarms.oneInAThousand)).toBeCloseTo(1142.8, 0);
    expect(chiSquared([16, 18, 16, 14, 12, 12])).toBeCloseTo(2);
  });

  it('accepts the seeded random numbers', async () => {
    const random = seededRandom(3);
    const sides = Array.from({ length: 1000 }, (_, side) => String(side));
    expect(await unfairness(sides, 100_000, async () => String(random(1000)))).toBeLessThan(1);
  });

  it('rejects random numbers that favour the lower half by a tenth', async () => {
    const random = seededRandom(3);
    const biased: Random = (n) => (random(10) === 0 ? random(Math.ceil(n / 2)) : random(n));
    expect(await draws(biased, keys, 80_000)).toBeGreaterThan(1);
  });

  it('rejects a draw of the first key above a random one', async () => {
    const sorted = keys.toSorted();
    const random = seededRandom(3);
    const above = async () => {
      const rolled = random(2 ** 32)
        .toString(16)
        .padStart(8, '0');
      return sorted.find((key) => key >= rolled) ?? sorted[0];
    };
    expect(await unfairness(sorted, 50_000, above)).toBeGreaterThan(1);
  });

  it('rejects a draw that never reaches the last slots', async () => {
    const random = seededRandom(3);
    expect(await draws((n) => random(Math.ceil(n * 0.98)), keys, 60_000)).toBeGreaterThan(1);
  });
});

describe('a draw from a pool after churn', { timeout: 60_000 }, () => {
  it('has withdrawn, expired and delivered gifts behind it', async () => {
    const { gifts: states, faults } = await ledger.audit();
    expect(faults).toEqual([]);
    expect(states.pooled).toBe(gifts);
    for (const state of ['withdrawn', 'expired', 'delivered'] as const) {
      expect(states[state]).toBeGreaterThan(10);
    }
  });

  it('picks every gift with the same probability', async () => {
    expect(await draws(seededRandom(11), keys, 100_000)).toBeLessThan(1);
  });

  it('picks every gift with the same probability from the system’s random numbers', async () => {
    expect(await draws((n) => randomInt(n), keys, 30_000)).toBeLessThan(1);
  });

  it('needs few random numbers once the fill of the pool is known, and stays uniform', async () => {
    const { main: pool } = await findTiers(db, 'public');
    const keyOf = await keysById();
    const slots = countSlots(rangesOf(pool, null));
    const fill: FillEstimate = new Map([[`${pool.id} any`, 1]]);
    const uniform = seededRandom(19);
    let rolls = 0;
    const counting: Random = (n) => {
      rolls++;
      return uniform(n);
    };
    const picked: Awaited<ReturnType<typeof pickForEach>> = [];
    const pick = async () => {
      if (picked.length === 0)
        picked.push(...(await pickForEach(db, pool, Array(8).fill(request(null)), counting, fill)));
      return keyOf.get(picked.pop()?.id ?? 0);
    };
    const draws = 40_000;
    expect(await unfairness(keys, draws, pick)).toBeLessThan(1);
    // From 1 at first; the estimate follows the last rolls.
    expect(Math.abs((fill.get(`${pool.id} any`) ?? 1) - gifts / slots)).toBeLessThan(0.2);
    // Twice the expected number of rolls: some miss, and few draws have to roll again.
    const fewest = (draws * slots) / gifts;
    expect(rolls).toBeLessThan(2.5 * fewest);
  });

  it('picks every eligible gift with the same probability when a third is excluded', async () => {
    const eligible = await keysNotOf('giver 0');
    expect(eligible.length).toBeLessThan(800);
    const own = { giver: 'giver 0', sha256: null };
    expect(await draws(seededRandom(13), eligible, 40_000, own)).toBeLessThan(1);
  });

  it('picks each of three gifts with the same probability when all others are excluded', async () => {
    await db.updateTable('gift').set({ giver: 'me' }).where('slot', 'is not', null).execute();
    const strangers = [keys[1], keys[500], keys[999]].map(String);
    await db.updateTable('gift').set({ giver: 'stranger' }).where('key', 'in', strangers).execute();
    const own = { giver: 'me', sha256: null };
    expect(await draws(seededRandom(17), strangers, 3000, own)).toBeLessThan(1);
    const { main: pool } = await findTiers(db, 'public');
    const found: number[] = [];
    for (let seed = 18; seed < 38; seed++) {
      const picked = await pickForEach(db, pool, Array(4).fill(request(own)), seededRandom(seed));
      found.push(picked.filter((id) => id !== undefined).length);
    }
    // Rolls that hit a stranger's gift at once may miss the others, which only counting finds then.
    expect(Math.max(...found)).toBe(3);
    await givePlain(ledger);
  });
});
