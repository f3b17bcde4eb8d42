/**
 * Slots by kind: a pool numbers the slots of each kind in a range of its own (`slots.ts`). A draw of one kind rolls in one
 * range, and a draw of anything over all of them.
 */
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { PoolRow } from '../schema/tables.ts';

/** The number of each kind. Slots and `pool.owed_kinds` store it, so it never changes. */
const kindNumbers = {
  text: 1,
  pdf: 2,
  image: 3,
  document: 4,
  audio: 5,
  video: 6,
  archive: 7,
  code: 8,
  other: 9,
} as const satisfies Readonly<Record<FileKind, number>>;

const kindsByNumber: ReadonlyMap<number, FileKind> = new Map(fileKinds.map((kind) => [kindNumbers[kind], kind]));

/** The most slots of one kind. Fifteen kinds and the slots without a kind fit into a signed integer of 32 bits. */
export const maxKindSlots = 2 ** 27;

/** The fewest slots of a kind that has any. With few gifts rolls would miss, so a small pool is read as a whole. */
export const minKindSlots = 512;

/** Adjacent slots: `first`, `first + 1`, … */
export interface SlotRange {
  readonly first: number;
  readonly count: number;
}

/** How many slots each kind has in a pool; a kind without gifts may be missing. */
export type KindSlots = Readonly<Partial<Record<FileKind, number>>>;

export const kindSlotsOf = ({ kind_slots }: Pick<PoolRow, 'kind_slots'>): KindSlots => JSON.parse(kind_slots);

/** The first slot of a kind. */
export const firstSlotOf = (kind: FileKind): number => kindNumbers[kind] * maxKindSlots;

/** The kind of a slot; undefined for a slot of the layout before, which held any kind. */
export const kindOfSlot = (slot: number): FileKind | undefined => kindsByNumber.get(Math.floor(slot / maxKindSlots));

/** The slots in which a draw of these kinds rolls; null means all kinds. Gifts of the layout before may be of any kind. */
export function rangesOf(
  pool: Pick<PoolRow, 'kind_slots' | 'slots' | 'ungrouped'>,
  kinds: readonly FileKind[] | null,
): readonly SlotRange[] {
  const slots = kindSlotsOf(pool);
  const ranges = (kinds ?? fileKinds).map((kind) => ({ first: firstSlotOf(kind), count: slots[kind] ?? 0 }));
  const ungrouped = pool.ungrouped === 1 ? [{ first: 1, count: pool.slots }] : [];
  return [...ungrouped, ...ranges].filter(({ count }) => count > 0);
}

/** The number of slots in some ranges. */
export const countSlots = (ranges: readonly SlotRange[]): number => ranges.reduce((sum, { count }) => sum + count, 0);

/** The slot at a position from 0 in the concatenation of some ranges. */
export function slotAt(ranges: readonly SlotRange[], position: number): number {
  let left = position;
  for (const { first, count } of ranges) {
    if (left < count) return first + left;
    left -= count;
  }
  throw new RangeError(`position ${position} is behind the last slot`);
}

/** A set of kinds as the bits of one number (`pool.owed_kinds`). */
export const kindBit = (kind: FileKind): number => 1 << kindNumbers[kind];

/** The kinds in such a set. */
export const kindsIn = (bits: number): readonly FileKind[] => fileKinds.filter((kind) => (bits & kindBit(kind)) !== 0);
