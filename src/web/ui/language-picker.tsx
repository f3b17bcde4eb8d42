/** The language of the page: the visitor's choice, else the first match of `navigator.languages`. */
import { useState } from 'preact/hooks';
import {
  chooseLanguage,
  currentLanguage,
  directionOf,
  isLanguage,
  type Language,
  languageNames,
  languages,
} from '../i18n/languages.ts';
import { type Catalogue, setCatalogue, t } from '../i18n/messages.tsx';
import type { LocalStore } from '../state/storage.ts';
import { Icon } from './icons.tsx';

/** Each is loaded on demand, so that a visitor loads one. */
const catalogues = import.meta.glob<Catalogue>('../i18n/locales/*.json', { import: 'default' });

/** Loads a catalogue and applies it; English if it cannot be loaded. Without both, the page keeps the language it has. */
export async function setLanguage(chosen: string | undefined): Promise<void> {
  const language = isLanguage(chosen) ? chosen : chooseLanguage(navigator.languages);
  if (!(await applyCatalogue(language))) await applyCatalogue('en');
}

async function applyCatalogue(language: Language): Promise<boolean> {
  const catalogue = await catalogues[`../i18n/locales/${language}.json`]?.().catch(() => undefined);
  if (!catalogue) return false;
  setCatalogue(catalogue);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  return true;
}

/** Calls `onChange` once the catalogue of the chosen language is loaded. */
export function LanguagePicker({ store, onChange }: { store: LocalStore; onChange: () => void }) {
  const [isLoading, setLoading] = useState(false);
  const choose = async (language: string) => {
    store.saveLanguage(language);
    setLoading(true);
    await setLanguage(language);
    setLoading(false);
    onChange();
  };
  return (
    <label class="language">
      <Icon name="globe" />
      <span class="only-heard">{t('language')}</span>
      <select
        value={currentLanguage()}
        aria-busy={isLoading}
        onChange={({ currentTarget }) => void choose(currentTarget.value)}
      >
        {languages.map((language) => (
          <option key={language} value={language} lang={language}>
            {languageNames[language]}
          </option>
        ))}
      </select>
    </label>
  );
}
