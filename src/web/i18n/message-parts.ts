/** The messages of parts of the page that are loaded on demand, one folder of `locales/` a part. */
import { useEffect, useState } from 'preact/hooks';
import { currentLanguage } from './languages.ts';
import { addMessages, type Catalogue, type MessagePart } from './messages.tsx';

const catalogues = import.meta.glob<Catalogue>('./locales/*/*.json', { import: 'default' });

/** Loads the messages of a part in the language of the page; false until they are there. */
export function useMessages(part: MessagePart): boolean {
  const language = currentLanguage();
  const [loaded, setLoaded] = useState<string>();
  useEffect(() => {
    let isOver = false;
    const catalogueIn = (tag: string) => catalogues[`./locales/${part}/${tag}.json`];
    const load = catalogueIn(language) ?? catalogueIn('en');
    void load?.()
      .then((catalogue) => {
        if (isOver) return;
        addMessages(part, catalogue);
        setLoaded(language);
      })
      .catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [part, language]);
  return loaded === language;
}
