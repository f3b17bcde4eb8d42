import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { languages } from '../languages.ts';

/** The catalogues of the page, and those of the parts that are loaded on demand. */
const catalogues = import.meta.glob<Record<string, string>>(['./*.json', './*/*.json'], {
  eager: true,
  import: 'default',
});

const folders = ['./', './account/', './invite/', './preview/', './removal/', './report/', './room/'];

/** The arguments of a message and how it uses them: `{name}`, `<file>`, plural and select with their cases. */
function needsOf(elements: readonly MessageFormatElement[]): string[] {
  const needs = elements.flatMap((element): string[] => {
    switch (element.type) {
      case TYPE.literal:
      case TYPE.pound:
        return [];
      case TYPE.select:
        return [
          `${element.value} of ${Object.keys(element.options).sort()}`,
          ...Object.values(element.options).flatMap(({ value }) => needsOf(value)),
        ];
      case TYPE.plural:
        return [`{${element.value}}`, ...Object.values(element.options).flatMap(({ value }) => needsOf(value))];
      case TYPE.tag:
        return [`<${element.value}>`, ...needsOf(element.children)];
      default:
        return [`{${element.value}}`];
    }
  });
  return [...new Set(needs)].sort();
}

/** The language's plural categories in a message, without exact matches. */
function pluralsOf(elements: readonly MessageFormatElement[]): string[][] {
  return elements.flatMap((element): string[][] => {
    if (element.type === TYPE.tag) return pluralsOf(element.children);
    if (element.type !== TYPE.plural && element.type !== TYPE.select) return [];
    const inner = Object.values(element.options).flatMap(({ value }) => pluralsOf(value));
    if (element.type === TYPE.select) return inner;
    return [Object.keys(element.options).filter((form) => !form.startsWith('=')), ...inner];
  });
}

const others = languages.filter((language) => language !== 'en');

it('every language has a catalogue, and every catalogue a language', () => {
  const expected = folders.flatMap((folder) => languages.map((one) => `${folder}${one}.json`));
  expect(Object.keys(catalogues).sort()).toEqual(expected.sort());
});

it('no message is in two parts of the page', () => {
  const keys = folders.flatMap((folder) => Object.keys(catalogues[`${folder}en.json`] ?? {}));
  expect(keys.filter((key, index) => keys.indexOf(key) < index)).toEqual([]);
});

const cases = folders.flatMap((folder) => others.map((language) => [language, folder] as const));

describe.each(cases)('the catalogue of %s in %s', (language, folder) => {
  const catalogue = catalogues[`${folder}${language}.json`] ?? {};
  const en = catalogues[`${folder}en.json`] ?? {};

  it('has exactly the keys of English', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.entries(en))('uses all arguments of %s', (key, english) => {
    const text = catalogue[key] ?? '';
    expect(text.trim()).not.toBe('');
    expect(needsOf(parse(text))).toEqual(needsOf(parse(english)));
    expect(() => new IntlMessageFormat(text, language)).not.toThrow();
  });

  it('has every plural category', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const missing = Object.entries(catalogue).filter(([, text]) =>
      pluralsOf(parse(text)).some((has) => forms.some((form) => !has.includes(form))),
    );
    expect(missing.map(([key]) => key)).toEqual([]);
  });
});
