/** The stored list as a file: JSON for another browser, CSV for a spreadsheet. */
import { csvOf, fileCells, fileColumns } from '../../contract/csv.ts';
import { t } from '../i18n/messages.tsx';
import { fateOf, type HistoryEntry } from '../state/history.ts';
import type { LocalStore } from '../state/storage.ts';

/** The stored data as JSON text, for a download. */
export function exportHistory(store: LocalStore, now: number): string {
  const list = {
    about: t('mine.export.about'),
    exported_at: new Date(now).toISOString(),
    giver: store.giver(),
    exchanges: store.entries(),
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}

const columns = [
  'began',
  ...fileColumns('gave'),
  'gave_fate',
  'gave_thanks',
  ...fileColumns('received'),
  'received_thanks',
  'received_reported',
  'end',
] as const;

/** The entries as CSV, without tickets and addresses, which are secrets. */
export function exportTable(store: Pick<LocalStore, 'entries'>): string {
  return csvOf(columns, store.entries().map(rowOf));
}

function rowOf(entry: HistoryEntry): { [Column in (typeof columns)[number]]: string | number | undefined } {
  const { at, exchange, parcel, end, thanks, thanked, reported } = entry;
  return {
    began: at,
    ...fileCells('gave', exchange?.gift),
    gave_fate: exchange && fateOf(entry),
    gave_thanks: thanks,
    ...fileCells('received', parcel),
    received_thanks: thanked,
    received_reported: reported && 'yes',
    end: end ?? 'pending',
  };
}

/** Downloads a text as a file. */
export function saveTextFile(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the blob asynchronously; a minute is enough.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
