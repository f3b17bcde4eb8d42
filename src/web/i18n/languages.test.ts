import { expect, it } from 'vitest';
import { chooseLanguage, directionOf } from './languages.ts';

it.each([
  [['de-AT', 'en'], 'de'],
  [['pt-BR', 'es-MX'], 'es'],
  [['zh-TW'], 'zh-Hans'],
  [['zh-Hans-CN'], 'zh-Hans'],
  [['ar-EG'], 'ar'],
  [['sv', 'fi'], 'en'],
  [[], 'en'],
  [['deu'], 'en'],
])('chooses for %j the language %s', (wanted, language) => {
  expect(chooseLanguage(wanted)).toBe(language);
});

it('is right-to-left in Arabic only', () => {
  expect(directionOf('ar')).toBe('rtl');
  expect(directionOf('zh-Hans')).toBe('ltr');
});
