/** Draws by kind and of anything are uniform, also while slots move and their number changes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileKind } from '../../contract/vocabulary.ts';
import { createLedger } from '../create-ledger.ts';
import { openSqlite, sqlite } from '../engine/sqlite.ts';
import type { Ledger } from '../ledger.ts';
import { kindSlotsOf } from '../matching/kind-slots.ts';
import { pickForEach } from '../matching/random-pick.ts';
import type { Tables } from '../schema/tables.ts';
import { findTiers } from '../stats/counters.ts';
import { unfairness } from './fairness.ts';
import { givePlain, seededRandom } from './samples.ts';

/** One kind has few gifts, one has many, and one is read as a whole. */
const counts = { image: 300, text: 1100, audio: 40 } as const;
const kinds = Object.keys(counts) as (keyof typeof counts)[];

let folder: string;
let db: Kysely<Tables>;
let ledger: Ledger;
const random = seededRandom(23);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-kinds-'));
  db = await openSqlite(join(folder, 'ledger.db'));
  ledger = createLedger(db, sqlite, random);
  for (const kind of kinds) await Promise.all(Array.from({ length: counts[kind] }, () => givePlain(ledger, { kind })));
}, 60_000);

afterAll(async () => {
  await ledger.close();
  await rm(folder, { recursive: true });
});

async function idsOf(kind?: FileKind): Promise<string[]> {
  const all = await db.selectFrom('gift').select(['id', 'kind']).where('slot', 'is not', null).execute();
  return all.filter((gift) => kind === undefined || gift.kind === kind).map(({ id }) => String(id));
}

/** The distance from uniformity of draws of these kinds, eight in a batch. */
async function unfairnessOf(wish: readonly FileKind[] | null, sides: readonly string[]) {
  const { main: pool } = await findTiers(db, 'public');
  const fill = new Map<string, number>();
  const picked: Awaited<ReturnType<typeof pickForEach>> = [];
  const request = { exclusions: null, kinds: wish, owedKind: null };
  return unfairness(sides, 20 * sides.length, async () => {
    if (picked.length === 0) picked.push(...(await pickForEach(db, pool, Array(8).fill(request), random, fill)));
    return String(picked.pop()?.id);
  });
}

async function expectFair(): Promise<void> {
  expect((await ledger.audit()).faults).toEqual([]);
  expect(await unfairnessOf(null, await idsOf())).toBeLessThan(1);
  for (const kind of kinds) expect(await unfairnessOf([kind], await idsOf(kind))).toBeLessThan(1);
  const two = [...(await idsOf('image')), ...(await idsOf('text'))];
  expect(await unfairnessOf(['image', 'text'], two)).toBeLessThan(1);
}

const setSlots = (slots: Partial<Record<FileKind, number>>) =>
  db
    .updateTable('pool')
    .set({ kind_slots: JSON.stringify(slots) })
    .execute();

const slotsNow = async () => kindSlotsOf((await findTiers(db, 'public')).main);

describe('a draw by kind', { timeout: 120_000 }, () => {
  it('is uniform in the kind, and a draw of anything in the pool', expectFair);

  it('would not be uniform if each kind had the same chance', async () => {
    const { main: pool } = await findTiers(db, 'public');
    const biased = async () => {
      const kind = kinds[random(kinds.length)] ?? 'text';
      const [gift] = await pickForEach(db, pool, [{ exclusions: null, kinds: [kind], owedKind: null }], random);
      return String(gift?.id);
    };
    const sides = await idsOf();
    expect(await unfairness(sides, 20 * sides.length, biased)).toBeGreaterThan(1);
  });

  it('stays uniform when the kinds have different shares of empty slots', async () => {
    const before = await slotsNow();
    await setSlots({ ...before, image: 4096, audio: 1024 });
    await expectFair();
  });

  it('stays uniform while slots are removed step by step', async () => {
    await setSlots({ ...(await slotsNow()), image: 8192, text: 16_384 });
    // Spread over all slots, as after a time with more gifts.
    await sql`update gift set slot = -slot - (id % 7) * (case kind when 'image' then 1024 else 2048 end)
      where kind <> 'audio' and slot is not null`.execute(db);
    await sql`update gift set slot = -slot where slot < 0`.execute(db);
    for (let step = 0; step < 3; step++) {
      await ledger.compactSlots();
      await expectFair();
    }
    while ((await ledger.compactSlots()) > 0);
    await expectFair();
    expect((await slotsNow()).image).toBeLessThanOrEqual(1024);
  });

  it('stays uniform while gifts of an earlier version move to the slots of their kinds', async () => {
    const bySlot = sql`(select count(*) from gift as other where other.slot is not null and other.id <= gift.id)`;
    await sql`update gift set slot = -${bySlot} where slot is not null`.execute(db);
    await sql`update gift set slot = -3 * slot where slot < 0`.execute(db);
    await sql`update pool set slots = 5000, ungrouped = 1, kind_slots = '{}'`.execute(db);
    await expectFair();
    expect(await ledger.compactSlots()).toBeGreaterThan(0);
    await expectFair();
    // New gifts have slots of their kinds meanwhile.
    await givePlain(ledger, { kind: 'image' });
    await ledger.compactSlots();
    await expectFair();
    while ((await ledger.compactSlots()) > 0);
    expect((await findTiers(db, 'public')).main).toMatchObject({ ungrouped: 0 });
    await expectFair();
  });

  it('finds a gift that an older process puts into a slot without a kind', async () => {
    await sql`update gift set slot = 17 where id = (select max(id) from gift where slot is not null)`.execute(db);
    expect(await ledger.compactSlots()).toBe(1);
    expect(await ledger.compactSlots()).toBe(0);
    expect((await findTiers(db, 'public')).main).toMatchObject({ ungrouped: 0 });
    expect((await ledger.audit()).faults).toEqual([]);
  });
});
