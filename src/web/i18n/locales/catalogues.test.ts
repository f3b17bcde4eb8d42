import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { languages } from '../languages.ts';
import en from './en.json';

const catalogues = import.meta.glob<Record<string, string>>('./*.json', {
  eager: true,
  import: 'default',
});

/** What a message needs to be told, with how it uses it: `{name}`, `<file>`, a plural, a choice and its cases. */
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
        return [
          `{${element.value}}`,
          ...Object.values(element.options).flatMap(({ value }) => needsOf(value)),
        ];
      case TYPE.tag:
        return [`<${element.value}>`, ...needsOf(element.children)];
      default:
        return [`{${element.value}}`];
    }
  });
  return [...new Set(needs)].sort();
}

/** The forms that a language's plurals have, beside those for exact numbers. */
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

it('there is a catalogue for every language, and no other', () => {
  expect(Object.keys(catalogues).sort()).toEqual(languages.map((one) => `./${one}.json`).sort());
});

describe.each(others)('the catalogue of %s', (language) => {
  const catalogue = catalogues[`./${language}.json`] ?? {};

  it('says everything, and nothing that is not asked for', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.entries(en))('says %s with all that it is told', (key, english) => {
    const text = catalogue[key] ?? '';
    expect(text.trim()).not.toBe('');
    expect(needsOf(parse(text))).toEqual(needsOf(parse(english)));
    expect(() => new IntlMessageFormat(text, language)).not.toThrow();
  });

  it('has a form for every number', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const missing = Object.entries(catalogue).filter(([, text]) =>
      pluralsOf(parse(text)).some((has) => forms.some((form) => !has.includes(form))),
    );
    expect(missing.map(([key]) => key)).toEqual([]);
  });
});
