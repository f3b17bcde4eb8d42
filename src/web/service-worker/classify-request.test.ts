import { expect, it } from 'vitest';
import { classifyRequest } from './classify-request.ts';

const own = 'https://exchange.example/';
const classified = (path: string, method = 'GET', mode: RequestMode = 'cors', folder = own) =>
  classifyRequest({ url: new URL(path, own).href, method, mode }, folder);

it.each([
  ['/', 'page'],
  ['/?share=here', 'page'],
  ['/docs', undefined],
  ['/openapi.json', undefined],
  ['/api/download', undefined],
  ['/assets/index-abc.js', undefined],
])('a navigation to %s is %s', (path, part) => {
  expect(classified(path, 'GET', 'navigate')).toBe(part);
});

it.each([
  ['/assets/index-abc.js', 'hashed'],
  ['/icons/icon-192.png', 'named'],
  ['/favicon.svg', 'named'],
  ['/manifest.webmanifest', 'named'],
  ['/', undefined],
  ['/api/pool/stats', undefined],
  ['/health/live', undefined],
  ['/sw.js', undefined],
  ['https://elsewhere.example/assets/index-abc.js', undefined],
])('a request for %s is %s', (path, part) => {
  expect(classified(path)).toBe(part);
});

it('of POST requests only the share target is handled', () => {
  expect(classified('/share', 'POST', 'navigate')).toBe('share');
  expect(classified('/share')).toBeUndefined();
  expect(classified('/', 'POST', 'navigate')).toBeUndefined();
  expect(classified('/api/exchange', 'POST')).toBeUndefined();
  expect(classified('/assets/index-abc.js', 'HEAD')).toBeUndefined();
  expect(classified('https://elsewhere.example/share', 'POST')).toBeUndefined();
});

it.each<[path: string, method: string, mode: RequestMode, part: string | undefined]>([
  ['/exchange/', 'GET', 'navigate', 'page'],
  ['/exchange/?share=here', 'GET', 'navigate', 'page'],
  ['/exchange/share', 'POST', 'navigate', 'share'],
  ['/exchange/assets/index-abc.js', 'GET', 'cors', 'hashed'],
  ['/exchange/manifest.webmanifest', 'GET', 'cors', 'named'],
  ['/exchange/api/download', 'GET', 'cors', undefined],
  ['/', 'GET', 'navigate', undefined],
  ['/share', 'POST', 'navigate', undefined],
  ['/assets/index-abc.js', 'GET', 'cors', undefined],
  ['/exchange-2/assets/index-abc.js', 'GET', 'cors', undefined],
])('below a path, a request for %s by %s (%s) is %s', (path, method, mode, part) => {
  expect(classified(path, method, mode, `${own}exchange/`)).toBe(part);
});
