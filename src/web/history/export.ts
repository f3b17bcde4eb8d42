import { t } from '../i18n/messages.tsx';
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

/** Downloads a text as a file. */
export function saveTextFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the blob asynchronously; a minute is enough.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
