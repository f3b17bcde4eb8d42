/** Which language the page speaks: what its visitor chose here, or else what the browser says they read. */
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

/** Catalogues that come when they are needed; English is part of the page. */
const catalogues = import.meta.glob<Catalogue>(
  ['../i18n/locales/*.json', '!../i18n/locales/en.json'],
  {
    import: 'default',
  },
);

/** Speaks a language from now on; English when its catalogue cannot be had. */
export async function setLanguage(chosen: string | undefined): Promise<void> {
  const language = isLanguage(chosen) ? chosen : chooseLanguage(navigator.languages);
  const catalogue = await catalogues[`../i18n/locales/${language}.json`]?.().catch(() => undefined);
  const spoken: Language = catalogue ? language : 'en';
  setCatalogue(catalogue ?? {});
  document.documentElement.lang = spoken;
  document.documentElement.dir = directionOf(spoken);
}

/** The choice of a language; `changed` is called when the page speaks it. */
export function LanguagePicker({ store, changed }: { store: LocalStore; changed: () => void }) {
  const [isLearning, setLearning] = useState(false);
  const choose = async (language: string) => {
    store.saveLanguage(language);
    setLearning(true);
    await setLanguage(language);
    setLearning(false);
    changed();
  };
  return (
    <label class="language">
      <Icon name="globe" />
      <span class="only-heard">{t('language')}</span>
      <select
        value={currentLanguage()}
        aria-busy={isLearning}
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
