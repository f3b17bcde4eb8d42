import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baySize, filesPerParcel, maxParcels, type ParcelRect, parcelCount, stackParcels } from './stacking.ts';

const files = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const parcels = fc.integer({ min: 0, max: maxParcels });
const bayNumber = fc.integer({ min: 0, max: 7 });

describe('files per parcel', () => {
  it.each([
    [0, 1],
    [1, 1],
    [maxParcels, 1],
    [maxParcels + 1, 2],
    [5 * maxParcels, 5],
    [5 * maxParcels + 1, 10],
    [1_000 * maxParcels, 1_000],
    [1_000 * maxParcels + 1, 2_000],
    [10_000_000, 1_000_000],
  ])('with %i files in the fullest bay are %i', (fullest, expected) => {
    expect(filesPerParcel(fullest)).toBe(expected);
  });

  it('fill the fullest bay to at least a third and never beyond its capacity', () => {
    fc.assert(
      fc.property(files, (fullest) => {
        const step = filesPerParcel(fullest);
        expect(fullest / step).toBeLessThanOrEqual(maxParcels);
        if (step > 1) expect(fullest / step).toBeGreaterThan(maxParcels / 3);
      }),
    );
  });

  it('stay the same through small changes', () => {
    expect(filesPerParcel(maxParcels, 2)).toBe(2);
    expect(filesPerParcel(maxParcels - 4, 2)).toBe(2);
    expect(filesPerParcel(maxParcels / 2, 2)).toBe(1);
    expect(filesPerParcel(0, 1_000)).toBe(1);
  });

  it('never overfill a bay, whatever they were before', () => {
    fc.assert(
      fc.property(files, files, (before, fullest) => {
        expect(fullest / filesPerParcel(fullest, filesPerParcel(before))).toBeLessThanOrEqual(maxParcels);
      }),
    );
  });
});

describe('the number of parcels', () => {
  it('is none for no file, one for the first, and the capacity at most', () => {
    expect(parcelCount(0, 1)).toBe(0);
    expect(parcelCount(1, 1_000_000)).toBe(1);
    expect(parcelCount(10_000_000, filesPerParcel(10_000_000))).toBe(10);
    expect(parcelCount(1_000, 1)).toBe(maxParcels);
  });

  it('never falls when files are added', () => {
    fc.assert(
      fc.property(files, files, (one, other) => {
        const step = filesPerParcel(Math.max(one, other));
        const [fewer, more] = one < other ? [one, other] : [other, one];
        expect(parcelCount(fewer, step)).toBeLessThanOrEqual(parcelCount(more, step));
      }),
    );
  });
});

describe('the stack', () => {
  it('lies within its bay without overlaps', () => {
    fc.assert(
      fc.property(parcels, bayNumber, (count, number) => {
        const all = stackParcels(count, number);
        expect(all).toHaveLength(count);
        for (const [index, one] of all.entries()) {
          expect(isInside(one)).toBe(true);
          for (const other of all.slice(0, index)) expect(overlaps(one, other)).toBe(false);
        }
      }),
    );
  });

  it('has no floating parcel', () => {
    const all = stackParcels(maxParcels, 3);
    for (const { x, y, width, height } of all) {
      const under = (one: ParcelRect) => one.y === y + height && one.x < x + width && x < one.x + one.width;
      expect(y + height === baySize.height || all.some(under)).toBe(true);
    }
  });

  it('does not move when a parcel is added', () => {
    fc.assert(
      fc.property(parcels, bayNumber, (count, number) => {
        expect(stackParcels(count + 1, number).slice(0, count)).toEqual(stackParcels(count, number));
      }),
    );
  });

  it('differs from bay to bay', () => {
    expect(stackParcels(4, 0)).not.toEqual(stackParcels(4, 1));
  });
});

const isInside = ({ x, y, width, height }: ParcelRect) =>
  x >= 0 && y >= 0 && x + width <= baySize.width && y + height <= baySize.height;

const overlaps = (one: ParcelRect, other: ParcelRect) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;
