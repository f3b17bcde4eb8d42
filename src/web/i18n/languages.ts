/** The languages of the page, and the choice among them. */

export const languages = ['en', 'de', 'es', 'fr', 'zh-Hans', 'ar'] as const;
export type Language = (typeof languages)[number];

export const isLanguage = (tag: string | undefined): tag is Language =>
  (languages as readonly (string | undefined)[]).includes(tag);

/** Endonyms, so that each reader recognizes their own language. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  'zh-Hans': '简体中文',
  ar: 'العربية',
};

const rightToLeft: ReadonlySet<Language> = new Set<Language>(['ar']);

export const directionOf = (language: Language): 'ltr' | 'rtl' => (rightToLeft.has(language) ? 'rtl' : 'ltr');

/** Returns the first of the wanted BCP 47 tags that the page has, else English. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((language) => isSpokenAs(tag, language));
    if (found) return found;
  }
  return 'en';
}

/** Compares the primary subtags: `de-AT` matches `de`, and any Chinese the simplified one. */
function isSpokenAs(tag: string, language: Language): boolean {
  const [wanted, spoken] = [tag, language].map((one) => one.toLowerCase().split('-')[0]);
  return wanted === spoken;
}

/** The language of the document; `en` in tests, which have none. */
export function currentLanguage(): string {
  const { document } = globalThis as { document?: { documentElement: { lang: string } } };
  return document?.documentElement.lang || 'en';
}
