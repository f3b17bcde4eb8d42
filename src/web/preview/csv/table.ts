/** Reads comma-separated values (RFC 4180), also with tabs or semicolons. */
import papa from 'papaparse';

export interface CsvTable {
  readonly rows: readonly (readonly string[])[];
  /** True if there are more rows or columns than these. */
  readonly isMore: boolean;
}

interface CsvLimits {
  readonly rows: number;
  readonly columns: number;
  /** Characters of a cell. */
  readonly cell: number;
}

export const defaultCsvLimits: CsvLimits = { rows: 500, columns: 50, cell: 500 };

/** Undefined if it has only one column, which is text. */
export function readCsv(text: string, limits = defaultCsvLimits): CsvTable | undefined {
  const { data } = papa.parse<string[]>(text, {
    preview: limits.rows + 1,
    skipEmptyLines: true,
    delimitersToGuess: [',', '\t', ';', '|'],
  });
  const width = data.reduce((most, row) => Math.max(most, row.length), 0);
  if (width < 2) return undefined;
  const columns = Math.min(width, limits.columns);
  const rows = data
    .slice(0, limits.rows)
    .map((row) => Array.from({ length: columns }, (_, at) => shorten(row[at] ?? '', limits.cell)));
  return { rows, isMore: data.length > limits.rows || width > columns };
}

const shorten = (cell: string, length: number) => (cell.length > length ? `${cell.slice(0, length)}…` : cell);
