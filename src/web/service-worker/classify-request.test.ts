import { expect, it } from 'vitest';
import { classifyRequest } from './classify-request.ts';

const own = 'https://exchange.example';
const asked = (path: string, method = 'GET', mode: RequestMode = 'cors') =>
  classifyRequest({ url: new URL(path, own).href, method, mode }, own);

it.each([
  ['/', 'page'],
  ['/?share=here', 'page'],
  ['/docs', undefined],
  ['/openapi.json', undefined],
  ['/api/download', undefined],
  ['/assets/index-abc.js', undefined],
])('a navigation to %s is %s', (path, part) => {
  expect(asked(path, 'GET', 'navigate')).toBe(part);
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
  expect(asked(path)).toBe(part);
});

it('of POST requests only the share target is handled', () => {
  expect(asked('/share', 'POST', 'navigate')).toBe('share');
  expect(asked('/share')).toBeUndefined();
  expect(asked('/', 'POST', 'navigate')).toBeUndefined();
  expect(asked('/api/exchange', 'POST')).toBeUndefined();
  expect(asked('/assets/index-abc.js', 'HEAD')).toBeUndefined();
  expect(asked('https://elsewhere.example/share', 'POST')).toBeUndefined();
});
