import { useEffect, useState } from 'preact/hooks';
import { currentLanguage } from '../i18n/languages.ts';
import { addMessages, type Catalogue } from '../i18n/messages.tsx';

const catalogues = import.meta.glob<Catalogue>('../i18n/locales/account/*.json', { import: 'default' });

/** Loads the messages of accounts in the language of the page; false until they are there. */
export function useAccountMessages(): boolean {
  const language = currentLanguage();
  const [loaded, setLoaded] = useState<string>();
  useEffect(() => {
    let isOver = false;
    const load =
      catalogues[`../i18n/locales/account/${language}.json`] ?? catalogues['../i18n/locales/account/en.json'];
    void load?.().then((catalogue) => {
      if (isOver) return;
      addMessages(catalogue);
      setLoaded(language);
    });
    return () => {
      isOver = true;
    };
  }, [language]);
  return loaded === language;
}
