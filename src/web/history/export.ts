import { t } from '../i18n/messages.tsx';
import type { LocalStore } from '../state/storage.ts';

/** All that the browser keeps about our exchanges, as a person may want to have it elsewhere. */
export function exportHistory(store: LocalStore, now: number): string {
  const list = {
    about: t('mine.export.about'),
    exported_at: new Date(now).toISOString(),
    giver: store.giver(),
    exchanges: store.entries(),
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}

/** Hands a text over as a file. */
export function saveTextFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it in its own time; a minute is enough for a text.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
