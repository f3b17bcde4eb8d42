/** Tables as CSV (RFC 4180), for the page's list and for the history of an account. */

type Cell = string | number | boolean | null | undefined;

/** Rows of the same columns as CSV in UTF-8 with a byte order mark, by which spreadsheets tell the encoding. */
export function csvOf(columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return `\uFEFF${lines.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('')}`;
}

/** Spreadsheets run a text that begins like a formula (OWASP, CSV injection); an apostrophe makes it text. */
const formulaStart = /^[=+\-@\t\r]/;

function cellOf(value: Cell): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' && formulaStart.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const fileFacts = ['name', 'kind', 'size', 'sha256'] as const;

type FileColumn<Side extends string> = `${Side}_${(typeof fileFacts)[number]}`;

/** The columns of the file on one side of an exchange. */
export const fileColumns = <Side extends 'gave' | 'received'>(side: Side): readonly FileColumn<Side>[] =>
  fileFacts.map((fact): FileColumn<Side> => `${side}_${fact}`);

/** The cells of these columns; empty without a file. */
export const fileCells = <Side extends 'gave' | 'received'>(
  side: Side,
  file: { readonly [Fact in (typeof fileFacts)[number]]?: string | number | undefined } | undefined,
): Readonly<Record<FileColumn<Side>, string | number | undefined>> =>
  Object.fromEntries(fileFacts.map((fact) => [`${side}_${fact}`, file?.[fact]])) as Record<
    FileColumn<Side>,
    string | number | undefined
  >;
