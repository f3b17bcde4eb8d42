/** Every language the page speaks: asked for by the browser or chosen here, whole, and no heavier than it must be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../src/contract/client.ts';
import { languageNames, languages } from '../src/web/languages.ts';
import { expectFit } from './setup/barriers.ts';
import { company } from './setup/company.ts';
import { linkOf } from './setup/mine.ts';
import { type Service, startService } from './setup/service.ts';
import type { Stranger } from './setup/stranger.ts';

const { welcome } = company();
let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop());

const wordsOf = (language: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../src/web/words/${language}.json`), 'utf8'));

const spoken = ({ page }: Stranger) =>
  page.evaluate('[document.documentElement.lang, document.documentElement.dir].join(" ")');

const headline = ({ page }: Stranger) =>
  page.locator('h1').evaluate((heading) => heading.textContent);

/** What the page asked for so far, by its address. */
const parts = ({ page }: Stranger): Promise<{ name: string; encodedBodySize: number }[]> =>
  page.evaluate(`performance.getEntriesByType('resource')
    .filter(({ name }) => /\\.(?:js|css)$/.test(name) && !name.endsWith('/sw.js'))
    .map(({ name, encodedBodySize }) => ({ name, encodedBodySize }))`);

/** A small telephone, in the language of its person. */
const small = (locale: string) => ({ locale, viewport: { width: 320, height: 640 } });

describe.each([
  ['en-GB', 'en', 'ltr'],
  ['de-DE', 'de', 'ltr'],
  ['es-ES', 'es', 'ltr'],
  ['fr-FR', 'fr', 'ltr'],
  ['zh-CN', 'zh-Hans', 'ltr'],
  ['ar-EG', 'ar', 'rtl'],
] as const)('for a browser that reads %s', (locale, language, direction) => {
  const words = wordsOf(language);
  const said = (key: string) => words[key] ?? `no words for ${key}`;

  it('the page speaks it in every state, and fits into a small window', async () => {
    const ada = await welcome(service.url, small(locale));
    await ada.sees(said('takeOne.empty'));
    expect(await spoken(ada)).toBe(`${language} ${direction}`);
    expect(await headline(ada)).toBe(`${said('headline.give')} ${said('headline.get')}`);
    await expectFit(ada.page, 'idle');
    await ada.give('empty.txt', '');
    await ada.sees(said('why.file-empty'));
    await ada.give('from ada.txt', 'Ada was here.');
    await ada.sees(said('waiting.more'));
    await expectFit(ada.page, 'waiting');
    await createClient(service.url).give({ name: 'from ben.txt', bytes: new Blob(['Ben']) });
    await ada.sees(said('save'));
    await expectFit(ada.page, 'arrived');
    await ada.page.locator('.mine-link').click();
    await ada.page.getByText(said('mine.export.about')).waitFor();
    await expectFit(ada.page, 'my exchanges');
  });

  it('its catalogue is one request more, and none for English', async () => {
    const ada = await welcome(service.url, { locale });
    await ada.sees(said('takeOne.empty'));
    const english = await welcome(service.url);
    await english.sees('The shelf is empty');
    const more = (await parts(ada)).length - (await parts(english)).length;
    expect(more).toBe(language === 'en' ? 0 : 1);
  });
});

it.each(languages)('%s can be chosen, and is kept', async (language) => {
  const other = language === 'en' ? 'de-DE' : 'en-US';
  const ada = await welcome(service.url, { locale: other });
  await ada.page.getByRole('combobox').selectOption({ label: languageNames[language] });
  const { drop = '', headline: _none, ...words } = wordsOf(language);
  await ada.sees(drop);
  await ada.page.reload();
  await ada.sees(drop);
  expect((await spoken(ada)) as string).toMatch(new RegExp(`^${language} `));
  expect(await headline(ada)).toContain(words['headline.give']);
  expect(await linkOf(ada).count()).toBe(language === 'en' ? 1 : 0);
});

it.each(['en-US', 'ar-EG'])('the first load in %s is light', async (locale) => {
  const ada = await welcome(service.url, { locale });
  await ada.page.locator('.pool-amount').waitFor();
  const sizes = (await parts(ada)).map(({ encodedBodySize }) => encodedBodySize);
  // A style, a script, and a catalogue.
  expect(sizes.length).toBe(locale === 'en-US' ? 2 : 3);
  expect(Math.min(...sizes)).toBeGreaterThan(1_000);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60_000);
});
