import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bay, filesPerParcel, type Parcel, parcelsFor, pile, room } from './stacking.ts';

const files = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const parcels = fc.integer({ min: 0, max: room });
const bayNumber = fc.integer({ min: 0, max: 7 });

describe('what one parcel stands for', () => {
  it.each([
    [0, 1],
    [1, 1],
    [room, 1],
    [room + 1, 2],
    [5 * room, 5],
    [5 * room + 1, 10],
    [1_000 * room, 1_000],
    [1_000 * room + 1, 2_000],
    [10_000_000, 1_000_000],
  ])('with %i files in the fullest bay, it is %i', (fullest, expected) => {
    expect(filesPerParcel(fullest)).toBe(expected);
  });

  it('fills the fullest bay to a third at least and never beyond its room', () => {
    fc.assert(
      fc.property(files, (fullest) => {
        const step = filesPerParcel(fullest);
        expect(fullest / step).toBeLessThanOrEqual(room);
        if (step > 1) expect(fullest / step).toBeGreaterThan(room / 3);
      }),
    );
  });

  it('stays while the pool goes up and down a little', () => {
    expect(filesPerParcel(room, 2)).toBe(2);
    expect(filesPerParcel(room - 4, 2)).toBe(2);
    expect(filesPerParcel(room / 2, 2)).toBe(1);
    expect(filesPerParcel(0, 1_000)).toBe(1);
  });

  it('leaves no bay too full, whatever it was before', () => {
    fc.assert(
      fc.property(files, files, (before, fullest) => {
        expect(fullest / filesPerParcel(fullest, filesPerParcel(before))).toBeLessThanOrEqual(room);
      }),
    );
  });
});

describe('how many parcels are drawn', () => {
  it('is none for no file, one for the first, and the whole room for the most', () => {
    expect(parcelsFor(0, 1)).toBe(0);
    expect(parcelsFor(1, 1_000_000)).toBe(1);
    expect(parcelsFor(10_000_000, filesPerParcel(10_000_000))).toBe(10);
    expect(parcelsFor(1_000, 1)).toBe(room);
  });

  it('never falls when files come', () => {
    fc.assert(
      fc.property(files, files, (one, other) => {
        const step = filesPerParcel(Math.max(one, other));
        const [fewer, more] = one < other ? [one, other] : [other, one];
        expect(parcelsFor(fewer, step)).toBeLessThanOrEqual(parcelsFor(more, step));
      }),
    );
  });
});

describe('the pile', () => {
  it('lies within its bay, and no parcel in another', () => {
    fc.assert(
      fc.property(parcels, bayNumber, (count, number) => {
        const all = pile(count, number);
        expect(all).toHaveLength(count);
        for (const [index, one] of all.entries()) {
          expect(isInside(one)).toBe(true);
          for (const other of all.slice(0, index)) expect(overlaps(one, other)).toBe(false);
        }
      }),
    );
  });

  it('floats nowhere', () => {
    const all = pile(room, 3);
    for (const { x, y, width, height } of all) {
      const under = (one: Parcel) =>
        one.y === y + height && one.x < x + width && x < one.x + one.width;
      expect(y + height === bay.height || all.some(under)).toBe(true);
    }
  });

  it('stays as it lies when another parcel comes', () => {
    fc.assert(
      fc.property(parcels, bayNumber, (count, number) => {
        expect(pile(count + 1, number).slice(0, count)).toEqual(pile(count, number));
      }),
    );
  });

  it('looks different from bay to bay', () => {
    expect(pile(4, 0)).not.toEqual(pile(4, 1));
  });
});

const isInside = ({ x, y, width, height }: Parcel) =>
  x >= 0 && y >= 0 && x + width <= bay.width && y + height <= bay.height;

const overlaps = (one: Parcel, other: Parcel) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;
