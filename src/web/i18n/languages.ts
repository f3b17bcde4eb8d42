/** Which languages the page speaks, and which of them its visitor reads. */

export const languages = ['en', 'de', 'es', 'fr', 'zh-Hans', 'ar'] as const;
export type Language = (typeof languages)[number];

export const isLanguage = (tag: string | undefined): tag is Language =>
  (languages as readonly (string | undefined)[]).includes(tag);

/** Each in its own words, so that whoever landed in the wrong one finds the way out. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  'zh-Hans': '简体中文',
  ar: 'العربية',
};

const rightToLeft: ReadonlySet<Language> = new Set<Language>(['ar']);

export const directionOf = (language: Language): 'ltr' | 'rtl' =>
  rightToLeft.has(language) ? 'rtl' : 'ltr';

/** The first of the wanted languages (BCP 47 tags, the dearest first) that the page speaks; English when it speaks none. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((language) => isSpokenAs(tag, language));
    if (found) return found;
  }
  return 'en';
}

/** `de-AT` is read as German; Chinese of any place as simplified, which more people read than English. */
function isSpokenAs(tag: string, language: Language): boolean {
  const [wanted, spoken] = [tag, language].map((one) => one.toLowerCase().split('-')[0]);
  return wanted === spoken;
}

/** The language of the page as it stands; tests have no page. */
export function currentLanguage(): string {
  const { document } = globalThis as { document?: { documentElement: { lang: string } } };
  return document?.documentElement.lang || 'en';
}
