/** The layout of a bay: how many files a parcel stands for, and where each parcel lies. */

/** The view box of a bay in user units. */
export const baySize = { width: 160, height: 84 };

const columns = 4;
/** Space at both sides, which separates the bays. */
const margin = 11;
const rows = 3;
/** Capacity of a bay. */
export const maxParcels = columns * rows;

/** With less than this share of a bay filled, the scale gets finer again. */
const minFill = 0.25;

/**
 * Files per parcel so that the fullest bay fits: 1, 2, 5, 10, 20 and so on. Hysteresis: `before`, the last result,
 * stays while it fits, so that a single file does not change the scale.
 */
export function filesPerParcel(fullestBay: number, before = 1): number {
  const drawn = fullestBay / before;
  if (drawn <= maxParcels && (before === 1 || drawn > maxParcels * minFill)) return before;
  if (fullestBay <= maxParcels) return 1;
  const tens = 10 ** Math.floor(Math.log10(fullestBay / maxParcels));
  return [1, 2, 5, 10].map((step) => step * tens).find((step) => fullestBay / step <= maxParcels) ?? tens;
}

/** Parcels for a number of files: one for the first file, at most the capacity. */
export const parcelCount = (files: number, perParcel: number): number =>
  Math.min(maxParcels, Math.ceil(files / perParcel));

/** The place of a parcel in its bay. */
export interface ParcelRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Widths and heights; neighbours should differ. */
const sizes = [
  [32, 25],
  [27, 22],
  [30, 27],
  [33, 20],
  [26, 26],
  [31, 22],
  [29, 24],
] as const;

/** Stacks parcels row upon row. It is deterministic, and a new parcel moves no other; `bayNumber` varies the sizes. */
export function stackParcels(parcels: number, bayNumber: number): ParcelRect[] {
  const share = (baySize.width - 2 * margin) / columns;
  const tops = new Array<number>(columns).fill(baySize.height);
  return Array.from({ length: parcels }, (_, index) => {
    const [width, height] = sizes[(index + bayNumber * 3) % sizes.length] ?? sizes[0];
    const column = index % columns;
    const y = (tops[column] ?? baySize.height) - height;
    tops[column] = y;
    return { x: margin + column * share + (share - width) / 2, y, width, height };
  });
}
