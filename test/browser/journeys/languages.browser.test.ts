/**
 * Every language of the page, by the browser's preference or the visitor's choice: complete, and within its transfer
 * size.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { languageNames, languages } from '../../../src/web/i18n/languages.ts';
import { expectAccessible } from '../../setup/accessibility.ts';
import type { Visitor } from '../../setup/visitor.ts';
import { createVisitors, isConnectionFault } from '../../setup/visitors.ts';

const visitors = createVisitors({ isExpected: isConnectionFault });
const { visit } = visitors;

const wordsOf = (language: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../src/web/i18n/locales/${language}.json`), 'utf8'));

const spoken = ({ page }: Visitor): Promise<string> =>
  page.evaluate('[document.documentElement.lang, document.documentElement.dir].join(" ")');

const headline = ({ page }: Visitor) => page.locator('h1').evaluate((heading) => heading.textContent);

/** The scripts and styles loaded since the navigation. */
const parts = ({ page }: Visitor): Promise<{ name: string; encodedBodySize: number }[]> =>
  page.evaluate(`performance.getEntriesByType('resource')
    .filter(({ name }) => /\\.(?:js|css)$/.test(name) && !name.endsWith('/sw.js'))
    .map(({ name, encodedBodySize }) => ({ name, encodedBodySize }))`);

/** A small phone in a locale. */
const small = (locale: string) => ({ locale, viewport: { width: 320, height: 640 } });

it.each([
  ['en-GB', 'en', 'ltr'],
  ['de-DE', 'de', 'ltr'],
  ['es-ES', 'es', 'ltr'],
  ['fr-FR', 'fr', 'ltr'],
  ['zh-CN', 'zh-Hans', 'ltr'],
  ['ar-EG', 'ar', 'rtl'],
] as const)('for a browser in %s the page is in %s', async (locale, language, way) => {
  const words = wordsOf(language);
  const sentence = (key: string) => words[key] ?? `no words for ${key}`;
  const ada = await visit(small(locale));
  const look = (state: string) => expectAccessible(ada.page, state);
  await ada.sees(sentence('pool.empty'));
  expect(await spoken(ada)).toBe(`${language} ${way}`);
  expect(await headline(ada)).toBe(`${sentence('headline.give')} ${sentence('headline.get')}`);
  await expectLight(ada);
  await look('idle');
  await ada.give('empty.txt', '');
  await ada.sees(sentence('why.file-empty'));
  await ada.give('from ada.txt', 'Ada was here.');
  await ada.sees(sentence('waiting.more'));
  await look('waiting');
  await createClient(visitors.url).give({ name: 'from ben.txt', bytes: new Blob(['Ben']) });
  await ada.sees(sentence('save'));
  await look('arrived');
  await ada.page.locator('.mine-link').click();
  await ada.page.getByText(sentence('mine.export.about')).waitFor();
  await look('my exchanges');
});

/** One script, one style, and one catalogue: together at most the promised size. */
async function expectLight(one: Visitor): Promise<void> {
  const sizes = (await parts(one)).map(({ encodedBodySize }) => encodedBodySize);
  expect(sizes).toHaveLength(3);
  expect(Math.min(...sizes)).toBeGreaterThan(1_000);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60_000);
}

it('loads what a choice of files needs at the first interaction, and shows its heading until then', async () => {
  const ada = await visit();
  const isView = ({ name }: { readonly name: string }) => /\/views-[^/]+\.js$/.test(name);
  await ada.sees('Drop a file here.');
  expect((await parts(ada)).filter(isView)).toEqual([]);
  let answer = () => {};
  const isAnswered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await ada.page.route('**/assets/views-*.js', async (route) => {
    await isAnswered;
    await route.continue();
  });
  const asked = ada.page.waitForRequest(/\/views-/);
  await ada.page.keyboard.press('Shift');
  await asked;
  await ada.choose('a.txt', 'a');
  await ada.page.getByRole('heading', { name: 'Give this file?' }).waitFor();
  expect(await ada.page.evaluate('document.activeElement.textContent')).toBe('Give this file?');
  answer();
  await ada.button('Give it').waitFor();
  await expect.poll(() => ada.page.evaluate('document.activeElement.textContent')).toBe('Give it');
});

it.each(languages)('%s can be chosen, and stays chosen', async (language) => {
  const other = language === 'en' ? 'de-DE' : 'en-US';
  const words = wordsOf(language);
  const ada = await visit({ locale: other });
  await ada.page.locator('.language select').selectOption({ label: languageNames[language] });
  await ada.sees(words.drop ?? '');
  await ada.page.reload();
  await ada.sees(words.drop ?? '');
  expect(await spoken(ada)).toMatch(new RegExp(`^${language} `));
  expect(await headline(ada)).toContain(words['headline.give']);
});
