/** How a bay of the shelf is filled: what one parcel stands for, and where each of them lies. */

/** A bay as it is drawn, in units of its own. */
export const baySize = { width: 160, height: 84 };

const columns = 4;
/** Free on both sides, so that one bay is told from the next. */
const margin = 11;
const rows = 3;
/** So many parcels have room in a bay. */
export const maxParcels = columns * rows;

/** With less than this part of a bay filled, a parcel stands for fewer files again. */
const sparse = 0.25;

/**
 * How many files one parcel stands for, so that the fullest bay has room for all of its own: 1, 2, 5, 10, 20 and so on.
 * `before` is what it was until now, and stays while it still gives a fair picture: a pool that goes up and down by one file
 * must not be packed anew with each.
 */
export function filesPerParcel(fullest: number, before = 1): number {
  const drawn = fullest / before;
  if (drawn <= maxParcels && (before === 1 || drawn > maxParcels * sparse)) return before;
  if (fullest <= maxParcels) return 1;
  const tens = 10 ** Math.floor(Math.log10(fullest / maxParcels));
  return (
    [1, 2, 5, 10].map((step) => step * tens).find((step) => fullest / step <= maxParcels) ?? tens
  );
}

/** How many parcels show so many files: one for the first file already, and never more than there is room for. */
export const parcelCount = (files: number, perParcel: number): number =>
  Math.min(maxParcels, Math.ceil(files / perParcel));

/** A parcel in its bay. */
export interface ParcelRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Widths and heights that people pack, for no two parcels should look the same. */
const sizes = [
  [32, 25],
  [27, 22],
  [30, 27],
  [33, 20],
  [26, 26],
  [31, 22],
  [29, 24],
] as const;

/**
 * Where so many parcels lie: row upon row, each on the one below it. Nothing is left to chance and no parcel moves when
 * another comes; `bayNumber` makes one bay look unlike the next.
 */
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
